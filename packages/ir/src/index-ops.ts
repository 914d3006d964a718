import type { Shape } from "./types.js";

/**
 * Integer arithmetic on element positions. Movement ops say once, against this interface, where an output
 * element comes from; the interpreter runs it on numbers, fusion and codegen on symbols with known ranges.
 */
export interface IndexOps<I> {
  literal(value: number): I;
  add(a: I, b: I | number): I;
  sub(a: I, b: I | number): I;
  mul(a: I, factor: number): I;
  /** Rounds down; `divisor` > 0. */
  floorDiv(a: I, divisor: number): I;
  /** In [0, divisor); `divisor` > 0. */
  mod(a: I, divisor: number): I;
  /** The position in `to` that has the row-major number of position `at` in `from`. */
  reshape(at: readonly I[], from: Shape, to: Shape): readonly I[];
  /** The run-time value of operand `k`, an int32 tensor, at a position; `[]` for a scalar. */
  element(k: number, at: readonly I[]): I;
}

/** Holds where `from` ≤ `value` < `below`. */
export interface IndexRange<I> {
  readonly value: I;
  readonly from: number;
  readonly below: number;
}

/** One place an output element may come from: operand `operand` at `at`, where all of `when` hold. */
export interface MovementSource<I> {
  readonly operand: number;
  readonly at: readonly I[];
  readonly when?: readonly IndexRange<I>[];
}
