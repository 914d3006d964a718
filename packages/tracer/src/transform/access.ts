import type ts from "typescript";
import { isNamed, split } from "./assignments.js";
import { isInChain, isInTakenChain } from "./optional-chains.js";
import { isGlobalMath } from "./plain-values.js";
import { replace, type Rewriting } from "./rewriting.js";
import { isAssignment, syntax } from "./syntax.js";
import { isPatternTarget, outermost } from "./targets.js";

/** `x[i]` that is read becomes `runtime.element(x, i, site)`. */
export function rewriteElement(rewriting: Rewriting, node: ts.ElementAccessExpression): void {
  const { expression } = node;
  const end = (): string => `, ${rewriting.site(node)})`;
  if (isNamed(node) || isWritten(node)) return;
  if (isInChain(node)) return void (isInTakenChain(node) && split(rewriting, node, end()));
  if (expression.kind === syntax.SyntaxKind.SuperKeyword || rewriting.isPlain(expression)) return;
  rewriting.edit.appendRight(node.getStart(rewriting.source), `${rewriting.runtime}.element(`);
  split(rewriting, node, end());
}

/** `Math.exp(x)` becomes `runtime.math.exp(x)`. */
export function rewriteMath(rewriting: Rewriting, node: ts.CallExpression): void {
  if (!isMathOnTensors(rewriting, node)) return;
  const { expression } = node.expression as ts.PropertyAccessExpression;
  replace(rewriting, expression.getStart(rewriting.source), expression.end, `${rewriting.runtime}.math`);
}

/** Whether the call is one of JavaScript's own `Math`, of arguments that may be tensors. */
export function isMathOnTensors({ names, isPlain }: Rewriting, node: ts.CallExpression): boolean {
  const callee = node.expression;
  if (!syntax.isPropertyAccessExpression(callee) || callee.questionDotToken || node.questionDotToken)
    return false;
  if (!isGlobalMath(callee.expression, names)) return false;
  return node.arguments.some((argument) => syntax.isSpreadElement(argument) || !isPlain(argument));
}

/** A target of an assignment, a step, `delete` or a pattern; or called, where it says what `this` is. */
function isWritten(node: ts.Expression): boolean {
  const target = outermost(node);
  const { parent } = target;
  if (syntax.isBinaryExpression(parent))
    return parent.left === target && isAssignment(parent.operatorToken.kind);
  if (syntax.isPostfixUnaryExpression(parent) || syntax.isDeleteExpression(parent)) return true;
  if (syntax.isPrefixUnaryExpression(parent)) {
    const { PlusPlusToken, MinusMinusToken } = syntax.SyntaxKind;
    return parent.operator === PlusPlusToken || parent.operator === MinusMinusToken;
  }
  if (syntax.isCallExpression(parent)) return parent.expression === target;
  if (syntax.isTaggedTemplateExpression(parent)) return parent.tag === target;
  return isPatternTarget(target);
}
