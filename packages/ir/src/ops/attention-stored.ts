import { type Operand, type ValueLike } from "../types.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { equal, greaterEqual, where } from "./compare.js";
import { astype } from "./convert.js";
import { exp } from "./exponential.js";
import type { AttentionAttrs } from "./attention.js";
import { matmul, transposeLast } from "./matmul.js";
import { iota } from "./source.js";
import { spread, sum } from "./stretch.js";

/** What the gradients of attention are made of, by name. */
export interface AttentionOperands<T> {
  readonly q: T;
  readonly k: T;
  readonly v: T;
  readonly bias: T;
  readonly ct: T;
  readonly logSum: T;
  readonly shift: T;
}

/** The weights of attention in memory, and what follows from them: each `[..., m, n]`. */
export interface StoredAttention {
  /** All operands, in the dtype of the sums. */
  readonly wide: AttentionOperands<ValueLike>;
  readonly scale: number;
  readonly weights: ValueLike;
  /** For each weight, how the cotangent pulls at it more than at its row. */
  readonly pulls: ValueLike;
  /** The gradient to the scores: the product of both. */
  readonly slopes: ValueLike;
}

/** The gradient of attention to its scores, by ordinary ops. */
export function storedAttention(
  given: AttentionOperands<ValueLike>,
  { scale, causal }: AttentionAttrs,
): StoredAttention {
  const wide = widened(given);
  const products = multiply(matmul(wide.q, transposeLast(wide.k)), scale);
  const shape = products.shape;
  const rank = shape.length;
  const scores = add(products, wide.bias);
  const places = (axis: number): ValueLike => iota({ dtype: "int32", shape, axis });
  // Out is out, even of a product that is NaN.
  const masked = where(equal(wide.bias, -Infinity), -Infinity, scores);
  const allowed = causal
    ? where(greaterEqual(places(rank - 2), places(rank - 1)), masked, -Infinity)
    : masked;
  const acrossKeys = (x: ValueLike): ValueLike => spread(x, [rank - 1], shape);
  // A key without part keeps none whatever its numbers are: 0 times its infinities would be NaN.
  const isOut = equal(allowed, -Infinity);
  const weights = where(isOut, 0, exp(where(isOut, 0, subtract(allowed, acrossKeys(wide.logSum)))));
  const pulls = where(isOut, 0, subtract(matmul(wide.ct, transposeLast(wide.v)), acrossKeys(wide.shift)));
  return { wide, scale, weights, pulls, slopes: multiply(weights, pulls) };
}

function widened(given: AttentionOperands<ValueLike>): AttentionOperands<ValueLike> {
  const wide = (x: ValueLike): ValueLike =>
    x.dtype === given.logSum.dtype ? x : astype(x, { dtype: given.logSum.dtype });
  const { q, k, v, bias, ct, logSum, shift } = given;
  return { q: wide(q), k: wide(k), v: wide(v), bias: wide(bias), ct: wide(ct), logSum, shift: wide(shift) };
}

/** Gradients to all operands, of a function of the weights and slopes, from its own to those two. */
export function throughScores(
  { wide, scale, weights, pulls }: StoredAttention,
  toSlopes: ValueLike | undefined,
  toWeights: ValueLike | undefined,
): AttentionOperands<ValueLike | undefined> & { readonly bias: ValueLike } {
  const { q, k, v, ct } = wide;
  const pulled = toSlopes && multiply(toSlopes, pulls);
  const direct = pulled && toWeights ? add(pulled, toWeights) : (pulled ?? toWeights!);
  const scores = multiply(direct, weights);
  const products = multiply(scores, scale);
  const toPulls = toSlopes && multiply(toSlopes, weights);
  const last = [scores.shape.length - 1];
  return {
    q: matmul(products, k),
    k: matmul(transposeLast(products), q),
    bias: scores,
    logSum: multiply(sum(scores, { axes: last }), -1),
    ct: toPulls && matmul(toPulls, v),
    v: toPulls && matmul(transposeLast(toPulls), ct),
    shift: toPulls && multiply(sum(toPulls, { axes: last }), -1),
  };
}

/** The sum of two gradients of which either may be zero. */
export function joined(a: ValueLike | undefined, b: Operand): Operand {
  return a ? add(a, b) : b;
}
