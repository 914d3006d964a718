import * as functions from "../functions/index.js";
import type { Numeric } from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { noteDecision } from "../trace/decisions.js";
import { truthful } from "./condition.js";
import { callBinary, callUnary, isTensor } from "./operands.js";

// JavaScript's operators, written as TypeScript takes them: the casts to number only silence the type checker. What is
// no tensor is given to the operator as it is, whatever it is: strings, bigints, dates, objects with a valueOf.

/** A binary operator: two operands and the place where it stands. */
export type BinaryOperator = (a: unknown, b: unknown, site: number) => unknown;
export type UnaryOperator = (x: unknown, site: number) => unknown;

/** `a + b` */
export const add: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.add, a, b, site) : (a as number) + (b as number);

/** `a - b` */
export const subtract: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.subtract, a, b, site) : (a as number) - (b as number);

/** `a * b` */
export const multiply: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.multiply, a, b, site) : (a as number) * (b as number);

/** `a / b` */
export const divide: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.divide, a, b, site) : (a as number) / (b as number);

/** `a % b`; of tensors too it has the sign of `a`. */
export const remainder: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(truncatedRemainder, a, b, site) : (a as number) % (b as number);

/** `a ** b` */
export const power: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.power, a, b, site) : (a as number) ** (b as number);

/** `a < b` */
export const less: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) return callBinary(functions.less, a, b, site);
  noteDecision(a, b, site);
  return (a as number) < (b as number);
};

/** `a <= b` */
export const lessEqual: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) return callBinary(functions.lessEqual, a, b, site);
  noteDecision(a, b, site);
  return (a as number) <= (b as number);
};

/** `a > b` */
export const greater: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) return callBinary(functions.greater, a, b, site);
  noteDecision(a, b, site);
  return (a as number) > (b as number);
};

/** `a >= b` */
export const greaterEqual: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) return callBinary(functions.greaterEqual, a, b, site);
  noteDecision(a, b, site);
  return (a as number) >= (b as number);
};

/** `a & b` */
export const bitAnd: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.bitwiseAnd, a, b, site) : (a as number) & (b as number);

/** `a | b` */
export const bitOr: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.bitwiseOr, a, b, site) : (a as number) | (b as number);

/** `a ^ b` */
export const bitXor: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.bitwiseXor, a, b, site) : (a as number) ^ (b as number);

/** `a << b` */
export const shiftLeft: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.leftShift, a, b, site) : (a as number) << (b as number);

/** `a >> b` */
export const shiftRight: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(functions.rightShift, a, b, site) : (a as number) >> (b as number);

/** `a >>> b` */
export const shiftRightUnsigned: BinaryOperator = (a, b, site) =>
  isTensor(a) || isTensor(b) ? callBinary(shiftZerosIn, a, b, site) : (a as number) >>> (b as number);

/** `-x` */
export const negative: UnaryOperator = (x, site) =>
  isTensor(x) ? callUnary(functions.negative, x, site) : -(x as number);

/** `!x` */
export const not: UnaryOperator = (x, site) => (isTensor(x) ? callUnary(notTruthful, x, site) : !x);

/** `~x` */
export const bitNot: UnaryOperator = (x, site) =>
  isTensor(x) ? callUnary(functions.bitwiseNot, x, site) : ~(x as number);

/** What `++` gives a variable. */
export const increase: UnaryOperator = (x, site) => {
  if (isTensor(x)) return callBinary(functions.add, x, 1, site);
  let next = x as number; // A bigint stays one: only the operator itself knows.
  return ++next;
};

/** What `--` gives a variable. */
export const decrease: UnaryOperator = (x, site) => {
  if (isTensor(x)) return callBinary(functions.subtract, x, 1, site);
  let next = x as number; // A bigint stays one: only the operator itself knows.
  return --next;
};

/** `x++` where its value is used: what `x` was, as a number, and `set` is given the next. */
export function postfix(
  next: UnaryOperator,
  x: unknown,
  set: (next: unknown) => void,
  site: number,
): unknown {
  const old = numeric(x);
  set(next(old, site));
  return old;
}

/** The value of an assignment among operands, or after a test of its own. */
export function given<T>(...values: readonly T[]): T {
  return values[values.length - 1]!;
}

/** A value as `++` reads it: once, because `valueOf` may do more than answer. */
export function numeric(x: unknown): unknown {
  if (typeof x === "number" || isTensor(x)) return x;
  let old = x as number;
  return old++;
}

/** `%` on numbers, element by element; its gradient for `a` is 1 at 0 too. */
function truncatedRemainder(a: Numeric, b: Numeric): Tensor {
  const divisor = functions.abs(b);
  const { mod } = functions;
  return functions.where(
    functions.less(a, 0),
    functions.negative(mod(functions.negative(a), divisor)),
    mod(a, divisor),
  );
}

/** `!` of NaN is true. */
function notTruthful(x: Numeric): Tensor {
  return functions.logicalNot(truthful(x as Tensor));
}

function shiftZerosIn(a: Numeric, b: Numeric): Tensor {
  const bits = functions.bitcast(a, "uint32");
  return functions.rightShift(bits, b);
}
