import type { DType, Operand, ValueLike } from "../types.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { equal, greaterEqual, where } from "./compare.js";
import { astype } from "./convert.js";
import { exp, log } from "./exponential.js";
import type { AttentionAttrs } from "./attention.js";
import { matmul, transposeLast } from "./matmul.js";
import { max } from "./reduce.js";
import { constant, iota } from "./source.js";
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

/** Attention by ordinary ops: its values, and the logarithms of its sums. */
export function storedOutputs(
  { q, k, v, bias }: Pick<AttentionOperands<ValueLike>, "q" | "k" | "v" | "bias">,
  dtype: DType,
  attrs: AttentionAttrs,
): readonly ValueLike[] {
  const [wideQ, wideK, wideV, wideBias] = [q, k, v, bias].map((x) => widen(x, dtype));
  const scores = scoresOf(wideQ!, wideK!, wideBias!, attrs);
  const { shape } = scores;
  const axes = [shape.length - 1];
  const queries = shape.slice(0, -1);
  const isEmpty = shape.at(-1) === 0;
  const largest = isEmpty ? constant({ value: -Infinity, dtype, shape: queries }) : max(scores, { axes });
  const isOut = equal(scores, -Infinity);
  const base = where(equal(largest, -Infinity), 0, largest);
  const powers = where(isOut, 0, exp(where(isOut, 0, subtract(scores, spread(base, axes, shape)))));
  const total = sum(powers, { axes });
  const weights = divide(powers, spread(where(equal(total, 0), 1, total), axes, shape));
  return [astype(matmul(weights, wideV!), { dtype: q.dtype }), add(base, log(total))];
}

/** Scaled products and bias, -Infinity where a key is not to be seen. */
function scoresOf(q: ValueLike, k: ValueLike, bias: ValueLike, { scale, causal }: AttentionAttrs): ValueLike {
  const scores = add(multiply(matmul(q, transposeLast(k)), scale), bias);
  const { shape } = scores;
  // Out is out, even of a product that is NaN.
  const masked = where(equal(bias, -Infinity), -Infinity, scores);
  if (!causal) return masked;
  const places = (axis: number): ValueLike => iota({ dtype: "int32", shape, axis });
  return where(greaterEqual(places(shape.length - 2), places(shape.length - 1)), masked, -Infinity);
}

/** The gradient of attention to its scores, by ordinary ops. */
export function storedAttention(given: AttentionOperands<ValueLike>, attrs: AttentionAttrs): StoredAttention {
  const wide = widened(given);
  const scores = scoresOf(wide.q, wide.k, wide.bias, attrs);
  const { shape } = scores;
  const acrossKeys = (x: ValueLike): ValueLike => spread(x, [shape.length - 1], shape);
  // A key without part keeps none whatever its numbers are: 0 times its infinities would be NaN.
  const isOut = equal(scores, -Infinity);
  const weights = where(isOut, 0, exp(where(isOut, 0, subtract(scores, acrossKeys(wide.logSum)))));
  const pulls = where(isOut, 0, subtract(matmul(wide.ct, transposeLast(wide.v)), acrossKeys(wide.shift)));
  return { wide, scale: attrs.scale, weights, pulls, slopes: multiply(weights, pulls) };
}

function widen(x: ValueLike, dtype: DType): ValueLike {
  return x.dtype === dtype ? x : astype(x, { dtype });
}

function widened({
  q,
  k,
  v,
  bias,
  ct,
  logSum,
  shift,
}: AttentionOperands<ValueLike>): AttentionOperands<ValueLike> {
  const wide = (x: ValueLike): ValueLike => widen(x, logSum.dtype);
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
