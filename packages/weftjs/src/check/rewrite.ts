import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";

const kind = compiler.SyntaxKind;

/** The name of the functions in `operator-types.ts`. */
export const OPERATORS = "$weftCheck";
const TENSOR = "$WeftTensor";

const FUNCTIONS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [kind.PlusToken, "addition"],
  [kind.MinusToken, "arithmetic"],
  [kind.AsteriskToken, "arithmetic"],
  [kind.SlashToken, "arithmetic"],
  [kind.PercentToken, "arithmetic"],
  [kind.AsteriskAsteriskToken, "arithmetic"],
  [kind.AmpersandToken, "arithmetic"],
  [kind.BarToken, "arithmetic"],
  [kind.CaretToken, "arithmetic"],
  [kind.LessThanLessThanToken, "arithmetic"],
  [kind.GreaterThanGreaterThanToken, "arithmetic"],
  [kind.GreaterThanGreaterThanGreaterThanToken, "arithmetic"],
  [kind.LessThanToken, "comparison"],
  [kind.LessThanEqualsToken, "comparison"],
  [kind.GreaterThanToken, "comparison"],
  [kind.GreaterThanEqualsToken, "comparison"],
]);

const COMPOUND: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [kind.PlusEqualsToken, "addition"],
  ...[
    kind.MinusEqualsToken,
    kind.AsteriskEqualsToken,
    kind.SlashEqualsToken,
    kind.PercentEqualsToken,
    kind.AsteriskAsteriskEqualsToken,
    kind.AmpersandEqualsToken,
    kind.BarEqualsToken,
    kind.CaretEqualsToken,
    kind.LessThanLessThanEqualsToken,
    kind.GreaterThanGreaterThanEqualsToken,
    kind.GreaterThanGreaterThanGreaterThanEqualsToken,
  ].map((token) => [token, "arithmetic"] as const),
]);

/** A file whose operators are calls, and the way back to the one that the user wrote. */
export interface Rewritten {
  readonly text: string;
  /** The operator of a call that stands for one, by where the call begins in `text`. */
  readonly operators: ReadonlyMap<number, string>;
  /** The offset in the user's file of one in `text`. */
  original(offset: number): number;
}

/**
 * Operators as calls, so that TypeScript gives them the types that tensors have. Only expressions change: statements,
 * and with them what TypeScript knows of conditions, stay. `widened` are the offsets where number literals begin that
 * stand for tensors too, because a tensor is assigned to what they initialise, and those of `!` before a tensor.
 */
export function rewriteOperators(
  source: ts.SourceFile,
  widened: ReadonlySet<number>,
  hasOperators: boolean,
): Rewritten {
  const out = new Output(source.text);
  if (!hasOperators) {
    out.copy(0, source.text.length);
    return out;
  }
  const visit = (node: ts.Node): void => {
    const start = node.getStart(source);
    if (compiler.isBinaryExpression(node)) rewriteBinary(out, source, node, visit);
    else if (isSign(node)) {
      out.call(start, "sign", compiler.tokenToString(node.operator)!);
      visit(node.operand);
      out.add(")");
    } else if (widened.has(start) && isNot(node)) {
      out.call(start, "not", "!");
      visit(node.operand);
      out.add(")");
    } else if (widened.has(start) && compiler.isNumericLiteral(node)) {
      out.add("(");
      out.copy(start, node.end);
      out.add(` as ${TENSOR})`);
    } else {
      visitChildren(out, source, node, visit);
    }
  };
  out.copy(0, source.getStart(source));
  visit(source);
  out.copy(source.end, source.text.length);
  return out;
}

function visitChildren(
  out: Output,
  source: ts.SourceFile,
  node: ts.Node,
  visit: (child: ts.Node) => void,
): void {
  let at = node.getStart(source);
  compiler.forEachChild(node, (child) => {
    const start = child.getStart(source);
    // Types hold no operators, and a `typeof x[0]` no calls.
    if (compiler.isTypeNode(child) || start < at) return;
    out.copy(at, start);
    visit(child);
    at = child.end;
  });
  out.copy(at, node.end);
}

function rewriteBinary(
  out: Output,
  source: ts.SourceFile,
  node: ts.BinaryExpression,
  visit: (child: ts.Node) => void,
): void {
  const { left, operatorToken, right } = node;
  const start = node.getStart(source);
  const [opening, closing] = [operatorToken.getStart(source), operatorToken.end];
  const compound = COMPOUND.get(operatorToken.kind);
  const name = FUNCTIONS.get(operatorToken.kind) ?? compound;
  const operator = operatorToken.getText(source);
  if (!name) return visitChildren(out, source, node, visit);
  if (compound) {
    out.copy(start, left.end);
    out.add(" = ");
  }
  out.call(start, name, operator);
  visit(left);
  out.copy(left.end, opening);
  out.add(",");
  out.copy(closing, right.getStart(source));
  visit(right);
  out.add(")");
}

export function isNot(node: ts.Node): node is ts.PrefixUnaryExpression {
  return compiler.isPrefixUnaryExpression(node) && node.operator === kind.ExclamationToken;
}

function isSign(node: ts.Node): node is ts.PrefixUnaryExpression {
  if (!compiler.isPrefixUnaryExpression(node)) return false;
  // `-1` is a literal, whose type others depend on.
  if (compiler.isNumericLiteral(node.operand)) return false;
  return node.operator === kind.MinusToken || node.operator === kind.TildeToken;
}

class Output implements Rewritten {
  text = "";
  readonly operators = new Map<number, string>();
  private readonly pieces: { readonly at: number; readonly from: number; readonly length: number }[] = [];

  constructor(private readonly source: string) {}

  copy(from: number, to: number): void {
    if (to <= from) return;
    this.pieces.push({ at: this.text.length, from, length: to - from });
    this.text += this.source.slice(from, to);
  }

  add(text: string): void {
    this.text += text;
  }

  call(from: number, name: string, operator: string): void {
    this.operators.set(this.text.length, operator);
    this.pieces.push({ at: this.text.length, from, length: 0 });
    this.add(`${OPERATORS}.${name}(`);
  }

  original(offset: number): number {
    const piece = this.pieces.findLast(({ at }) => at <= offset);
    return piece ? piece.from + Math.min(offset - piece.at, piece.length) : 0;
  }
}
