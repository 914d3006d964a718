import { uniformStream } from "weftjs";

/** Of two truth values. */
export const GATES = ["and", "or", "xor"] as const;

interface Gate {
  /** The place of its name in `GATES`. */
  readonly gate: number;
  readonly left: Expression;
  readonly right: Expression;
}

/** A truth value, or a gate whose inputs are expressions: a tree of any shape. */
export type Expression = boolean | Gate;

export function evaluate(expression: Expression): boolean {
  if (typeof expression === "boolean") return expression;
  const [left, right] = [evaluate(expression.left), evaluate(expression.right)];
  switch (GATES[expression.gate]) {
    case "and":
      return left && right;
    case "or":
      return left || right;
    default:
      return left !== right;
  }
}

/** `((1 and 0) xor 1)`. */
export function format(expression: Expression): string {
  if (typeof expression === "boolean") return expression ? "1" : "0";
  return `(${format(expression.left)} ${GATES[expression.gate]} ${format(expression.right)})`;
}

/** What is left of an expression without its gates' names and its truth values: `((..).)`. */
export function shapeOf(expression: Expression): string {
  if (typeof expression === "boolean") return ".";
  return `(${shapeOf(expression.left)}${shapeOf(expression.right)})`;
}

export interface ExpressionSet {
  readonly train: readonly Expression[];
  /** Other draws, not trained on; of short expressions most are in both. */
  readonly test: readonly Expression[];
}

/** Expressions of random shape with at least one and at most so many gates. One seed gives one list. */
export function randomExpressions(count: number, gates: number, seed: number): Expression[] {
  const next = uniformStream(seed);
  const below = (limit: number): number => Math.floor(limit * next());
  const grow = (gates: number): Expression => {
    if (gates === 0) return below(2) === 1;
    const left = below(gates);
    return { gate: below(GATES.length), left: grow(left), right: grow(gates - 1 - left) };
  };
  return Array.from({ length: count }, () => grow(1 + below(gates)));
}
