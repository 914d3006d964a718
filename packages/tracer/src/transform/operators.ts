import type ts from "typescript";
import { replace, type Rewriting, wrap } from "./rewriting.js";
import { bare, syntax } from "./syntax.js";

const kind = syntax.SyntaxKind;

/** The run-time functions of the binary operators. */
const BINARY: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [kind.PlusToken, "add"],
  [kind.MinusToken, "subtract"],
  [kind.AsteriskToken, "multiply"],
  [kind.SlashToken, "divide"],
  [kind.PercentToken, "remainder"],
  [kind.AsteriskAsteriskToken, "power"],
  [kind.LessThanToken, "less"],
  [kind.LessThanEqualsToken, "lessEqual"],
  [kind.GreaterThanToken, "greater"],
  [kind.GreaterThanEqualsToken, "greaterEqual"],
  [kind.AmpersandToken, "bitAnd"],
  [kind.BarToken, "bitOr"],
  [kind.CaretToken, "bitXor"],
  [kind.LessThanLessThanToken, "shiftLeft"],
  [kind.GreaterThanGreaterThanToken, "shiftRight"],
  [kind.GreaterThanGreaterThanGreaterThanToken, "shiftRightUnsigned"],
]);

const EQUALITY: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [kind.EqualsEqualsToken, "looselyEqual"],
  [kind.ExclamationEqualsToken, "looselyUnequal"],
  [kind.EqualsEqualsEqualsToken, "same"],
  [kind.ExclamationEqualsEqualsToken, "different"],
]);

const UNARY: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [kind.MinusToken, "negative"],
  [kind.ExclamationToken, "not"],
  [kind.TildeToken, "bitNot"],
]);

/** The run-time function of an operator. */
export function functionOf(operator: ts.SyntaxKind): string | undefined {
  return BINARY.get(operator);
}

/** `a * b` becomes `runtime.multiply(a, b, site)`. */
export function rewriteBinary(rewriting: Rewriting, node: ts.BinaryExpression): void {
  const { operatorToken } = node;
  const name = needsDispatch(rewriting, node);
  if (!name) return;
  const { source, runtime } = rewriting;
  wrap(rewriting, node, `${runtime}.${name}(`, `, ${rewriting.site(node)})`);
  replace(rewriting, operatorToken.getStart(source), operatorToken.end, ",");
}

function needsDispatch({ isPlain }: Rewriting, node: ts.BinaryExpression): string | undefined {
  const { left, operatorToken, right } = node;
  const equality = EQUALITY.get(operatorToken.kind);
  if (equality) return isNoNumber(left) || isNoNumber(right) ? undefined : equality;
  const name = BINARY.get(operatorToken.kind);
  // With a string on one side a tensor fails by itself, at its line.
  if (!name || (isPlain(left) && isPlain(right)) || isText(left) || isText(right)) return undefined;
  return name;
}

/** Compared with these, a tensor is rightly another: null, undefined, strings, types. */
function isNoNumber(operand: ts.Expression): boolean {
  const node = bare(operand);
  return (
    isText(node) ||
    syntax.isTypeOfExpression(node) ||
    syntax.isVoidExpression(node) ||
    node.kind === kind.NullKeyword ||
    (syntax.isIdentifier(node) && node.text === "undefined")
  );
}

function isText(operand: ts.Expression): boolean {
  const node = bare(operand);
  return syntax.isStringLiteralLike(node) || syntax.isTemplateExpression(node);
}

/** `-x` becomes `runtime.negative(x, site)`. */
export function rewriteUnary(rewriting: Rewriting, node: ts.PrefixUnaryExpression): void {
  const name = UNARY.get(node.operator);
  if (!name || rewriting.isPlain(node.operand)) return;
  const start = node.getStart(rewriting.source);
  replace(rewriting, start, start + 1, `${rewriting.runtime}.${name}(`);
  rewriting.edit.prependLeft(node.end, `, ${rewriting.site(node)})`);
}
