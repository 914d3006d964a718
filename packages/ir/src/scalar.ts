import type { DType } from "./types.js";

/**
 * The closed set of scalar functions. Every op's rule is written once against this interface; the reference
 * interpreter, constant folding and WGSL each implement it, so that adding a pointwise op touches none of them.
 *
 * `E` is what one implementation calls an expression: a number in the interpreter, a piece of WGSL in codegen.
 * A plain number adopts the dtype of the expression it meets.
 */
export interface ScalarOps<E> {
  /** The dtype the operands met in; literals that meet no expression have it. */
  readonly dtype: DType;
  literal(value: number, dtype?: DType): E;
  cast(x: E, dtype: DType): E;
  /** `condition ? ifTrue : ifFalse`; both sides are evaluated. */
  select(condition: E, ifTrue: E | number, ifFalse: E | number): E;

  neg(x: E): E;
  abs(x: E): E;
  /** -1, 0 or 1; NaN stays NaN, and a zero keeps its sign. */
  sign(x: E): E;
  exp(x: E): E;
  exp2(x: E): E;
  expm1(x: E): E;
  log(x: E): E;
  log2(x: E): E;
  log1p(x: E): E;
  sqrt(x: E): E;
  cbrt(x: E): E;
  sin(x: E): E;
  cos(x: E): E;
  tan(x: E): E;
  asin(x: E): E;
  acos(x: E): E;
  atan(x: E): E;
  sinh(x: E): E;
  cosh(x: E): E;
  tanh(x: E): E;
  asinh(x: E): E;
  acosh(x: E): E;
  atanh(x: E): E;
  erf(x: E): E;
  erfc(x: E): E;
  erfinv(x: E): E;
  floor(x: E): E;
  ceil(x: E): E;
  /** Halves go to the even neighbour, as in NumPy. */
  round(x: E): E;
  trunc(x: E): E;
  isNaN(x: E): E;
  isFinite(x: E): E;
  not(x: E): E;

  add(a: E | number, b: E | number): E;
  sub(a: E | number, b: E | number): E;
  mul(a: E | number, b: E | number): E;
  div(a: E | number, b: E | number): E;
  /** IEEE 754 pow: 0⁰ = 1, a negative base with an integer exponent is exact in sign. */
  pow(a: E | number, b: E | number): E;
  /** NumPy's mod: the result has the sign of the divisor. */
  mod(a: E | number, b: E | number): E;
  /** NaN wins. */
  min(a: E | number, b: E | number): E;
  /** NaN wins. */
  max(a: E | number, b: E | number): E;
  atan2(y: E | number, x: E | number): E;
  eq(a: E | number, b: E | number): E;
  lt(a: E | number, b: E | number): E;
  le(a: E | number, b: E | number): E;
  and(a: E, b: E): E;
  or(a: E, b: E): E;
  xor(a: E, b: E): E;

  // Bit by bit, on integers of 32 bits; `and`, `or` and their kin above are of bools.
  bitAnd(a: E | number, b: E | number): E;
  bitOr(a: E | number, b: E | number): E;
  bitXor(a: E | number, b: E | number): E;
  bitNot(x: E): E;
  /** By `b` modulo 32. */
  shiftLeft(a: E | number, b: E | number): E;
  /** By `b` modulo 32; int32 keeps its sign. */
  shiftRight(a: E | number, b: E | number): E;
  /** The same 32 bits read as another dtype. */
  bitcast(x: E, dtype: DType): E;
}

/** Names of the functions that take expressions and give one, without the literals and casts. */
export type ScalarFunction = Exclude<keyof ScalarOps<unknown>, "dtype" | "literal" | "cast" | "bitcast">;
