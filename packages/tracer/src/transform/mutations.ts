import type ts from "typescript";
import { isWithin } from "./assigned.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { isAssignment, syntax } from "./syntax.js";

const kind = syntax.SyntaxKind;
/** Methods that change the array, map or set that they are called on. */
export const CHANGING_METHODS: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill set add delete clear copyWithin".split(" "),
);

/**
 * `o.p = v` becomes `runtime.mutable(o, site).p = v`, and `list.push(v)` likewise: where a tensor decides both ways run, and
 * what the wrong one did to an object cannot be undone. What was made by a literal in the same branch or function is
 * nobody else's.
 */
export function rewriteMutation(rewriting: Rewriting, node: ts.Node): void {
  const target = changedBy(node);
  if (!target || target.kind === kind.SuperKeyword || isFresh(rewriting, target)) return;
  wrap(rewriting, target, `${rewriting.runtime}.mutable(`, `, ${rewriting.site(node)})`);
}

/** The expression whose object the node changes. */
function changedBy(node: ts.Node): ts.Expression | null {
  if (syntax.isBinaryExpression(node))
    return isAssignment(node.operatorToken.kind) ? holderOf(node.left) : null;
  if (syntax.isPostfixUnaryExpression(node)) return holderOf(node.operand);
  if (syntax.isPrefixUnaryExpression(node)) {
    const steps = node.operator === kind.PlusPlusToken || node.operator === kind.MinusMinusToken;
    return steps ? holderOf(node.operand) : null;
  }
  if (!syntax.isCallExpression(node) || (node.flags & syntax.NodeFlags.OptionalChain) !== 0) return null;
  const { expression } = node;
  if (!syntax.isPropertyAccessExpression(expression)) return null;
  return CHANGING_METHODS.has(expression.name.text) ? expression.expression : null;
}

function holderOf(target: ts.Expression): ts.Expression | null {
  if (!syntax.isPropertyAccessExpression(target) && !syntax.isElementAccessExpression(target)) return null;
  return target.expression;
}

function isFresh({ names, plan }: Rewriting, holder: ts.Expression): boolean {
  // An object under construction is known to nobody.
  if (holder.kind === kind.ThisKeyword) return isInConstructor(holder);
  if (!syntax.isIdentifier(holder)) return !syntax.isPropertyAccessExpression(holder) && !isElement(holder);
  const binding = names.bindingOf(holder);
  if (!binding || binding.kind !== "variable") return false;
  if (!binding.writes.every(({ value }) => value !== null && isLiteral(value))) return false;
  return isWithin(binding.declaration, plan.regionAround(holder));
}

function isElement(node: ts.Expression): boolean {
  return syntax.isElementAccessExpression(node);
}

function isLiteral(value: ts.Expression): boolean {
  return (
    syntax.isArrayLiteralExpression(value) ||
    syntax.isObjectLiteralExpression(value) ||
    syntax.isNewExpression(value)
  );
}

function isInConstructor(node: ts.Node): boolean {
  let at = node.parent;
  while (!syntax.isFunctionLike(at) || syntax.isArrowFunction(at)) {
    if (syntax.isSourceFile(at)) return false;
    at = at.parent;
  }
  return syntax.isConstructorDeclaration(at);
}
