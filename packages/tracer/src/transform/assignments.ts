import type ts from "typescript";
import { functionOf } from "./operators.js";
import { nextToken, replace, type Rewriting, wrap } from "./rewriting.js";
import { bare, syntax } from "./syntax.js";

const kind = syntax.SyntaxKind;

/** `+=` and its kin, by the operator they apply. */
const COMPOUND: ReadonlyMap<ts.SyntaxKind, ts.SyntaxKind> = new Map([
  [kind.PlusEqualsToken, kind.PlusToken],
  [kind.MinusEqualsToken, kind.MinusToken],
  [kind.AsteriskEqualsToken, kind.AsteriskToken],
  [kind.SlashEqualsToken, kind.SlashToken],
  [kind.PercentEqualsToken, kind.PercentToken],
  [kind.AsteriskAsteriskEqualsToken, kind.AsteriskAsteriskToken],
  [kind.AmpersandEqualsToken, kind.AmpersandToken],
  [kind.BarEqualsToken, kind.BarToken],
  [kind.CaretEqualsToken, kind.CaretToken],
  [kind.LessThanLessThanEqualsToken, kind.LessThanLessThanToken],
  [kind.GreaterThanGreaterThanEqualsToken, kind.GreaterThanGreaterThanToken],
  [kind.GreaterThanGreaterThanGreaterThanEqualsToken, kind.GreaterThanGreaterThanGreaterThanToken],
]);

/** `x += e` becomes `x = runtime.add(x, e, site)`; a part of an object is read and written by the run time, once. */
export function rewriteCompound(rewriting: Rewriting, node: ts.BinaryExpression): void {
  const { left, operatorToken, right } = node;
  const operator = COMPOUND.get(operatorToken.kind);
  if (operator === undefined || (rewriting.isPlain(left) && rewriting.isPlain(right))) return;
  const name = functionOf(operator)!;
  const { source, runtime } = rewriting;
  const [start, end] = [operatorToken.getStart(source), operatorToken.end];
  const variable = variableOf(left);
  if (variable) {
    replace(rewriting, start, end, `= ${runtime}.${name}(${variable},`);
    rewriting.edit.prependLeft(node.end, `, ${rewriting.site(node)})`);
  } else if (isPart(left)) {
    wrap(rewriting, node, `${runtime}.assign(${runtime}.${name}, `, `, ${rewriting.site(node)})`);
    referTo(rewriting, left);
    replace(rewriting, start, end, ",");
  }
}

/** `++x` becomes `x = runtime.increase(x, site)`. The old value of `x++` is asked for only where it is used. */
export function rewriteStep(
  rewriting: Rewriting,
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
): void {
  const { operand, operator } = node;
  if (operator !== kind.PlusPlusToken && operator !== kind.MinusMinusToken) return;
  if (rewriting.isPlain(operand)) return;
  const { runtime, source } = rewriting;
  const name = `${runtime}.${operator === kind.PlusPlusToken ? "increase" : "decrease"}`;
  const isPostfix = syntax.isPostfixUnaryExpression(node) && !isUnused(node);
  const [start, end] = syntax.isPostfixUnaryExpression(node)
    ? [nextToken(rewriting, operand.end), node.end]
    : [node.getStart(source), node.getStart(source) + 2];
  const site = rewriting.site(node);
  const x = variableOf(operand);
  if (x) {
    if (isPostfix)
      wrap(rewriting, node, `${runtime}.postfix(${name}, `, `, (next) => (${x} = next), ${site})`);
    // Not in parentheses: a statement that begins with one may go on with the line before it.
    else if (isUnused(node)) wrap(rewriting, node, `${x} = ${name}(`, `, ${site})`);
    else wrap(rewriting, node, `${runtime}.given(${x} = ${name}(`, `, ${site}))`);
    replace(rewriting, start, end, syntax.isPostfixUnaryExpression(node) ? " " : "");
  } else if (isPart(operand)) {
    wrap(
      rewriting,
      node,
      `${runtime}.${isPostfix ? "assignPostfix" : "assign"}(${name}, `,
      `, undefined, ${site})`,
    );
    referTo(rewriting, operand);
    replace(rewriting, start, end, syntax.isPostfixUnaryExpression(node) ? " " : "");
  }
}

/** `a[k] = v` becomes `runtime.setElement(a, k, v, site)`. */
export function rewriteElementAssignment(rewriting: Rewriting, node: ts.BinaryExpression): void {
  const { left, operatorToken } = node;
  if (operatorToken.kind !== kind.EqualsToken || !syntax.isElementAccessExpression(left)) return;
  if (!isPart(left) || isNamed(left)) return;
  const { runtime, source } = rewriting;
  wrap(rewriting, node, `${runtime}.setElement(`, `, ${rewriting.site(node)})`);
  split(rewriting, left, "");
  replace(rewriting, operatorToken.getStart(source), operatorToken.end, ",");
}

/** Whether the key is a fixed text, which no tensor has elements under. */
export function isNamed({ argumentExpression }: ts.ElementAccessExpression): boolean {
  return syntax.isStringLiteralLike(bare(argumentExpression));
}

/** A name, or a private field of what has one: its text can stand there twice. */
function variableOf(node: ts.Expression): string | undefined {
  if (syntax.isIdentifier(node)) return node.text;
  if (!syntax.isPropertyAccessExpression(node) || !syntax.isPrivateIdentifier(node.name)) return undefined;
  const { expression, name } = node;
  if (expression.kind === kind.ThisKeyword) return `this.${name.text}`;
  return syntax.isIdentifier(expression) ? `${expression.text}.${name.text}` : undefined;
}

/** A property or element of something that is an object of its own: not `super`, no private name, no chain. */
export function isPart(
  node: ts.Expression,
): node is ts.PropertyAccessExpression | ts.ElementAccessExpression {
  if (!syntax.isPropertyAccessExpression(node) && !syntax.isElementAccessExpression(node)) return false;
  if (node.expression.kind === kind.SuperKeyword) return false;
  return syntax.isElementAccessExpression(node) || syntax.isIdentifier(node.name);
}

/** `o.p` becomes `runtime.part(o, "p")`, `o[k]` becomes `runtime.part(o, k)`. */
export function referTo(
  rewriting: Rewriting,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
): void {
  rewriting.edit.appendRight(node.getStart(rewriting.source), `${rewriting.runtime}.part(`);
  if (syntax.isElementAccessExpression(node)) return split(rewriting, node, ")");
  const dot = nextToken(rewriting, node.expression.end);
  replace(rewriting, dot, dot + 1, ",");
  wrap(rewriting, node.name, '"', '")');
}

/** The brackets of an element access become a comma and `end`. */
export function split(rewriting: Rewriting, node: ts.ElementAccessExpression, end: string): void {
  const bracket = nextToken(rewriting, node.questionDotToken?.end ?? node.expression.end);
  replace(rewriting, bracket, bracket + 1, ",");
  const close = nextToken(rewriting, node.argumentExpression.end);
  replace(rewriting, close, close + 1, end);
  if (!syntax.isBinaryExpression(node.argumentExpression)) return;
  // `a[i, j]` is the last of them.
  if (node.argumentExpression.operatorToken.kind === kind.CommaToken)
    wrap(rewriting, node.argumentExpression, "(", ")");
}

/** Whether nothing reads what the expression gives. */
function isUnused(node: ts.Node): boolean {
  const { parent } = node;
  if (syntax.isParenthesizedExpression(parent)) return isUnused(parent);
  if (syntax.isForStatement(parent)) return parent.incrementor === node || parent.initializer === node;
  return syntax.isExpressionStatement(parent);
}
