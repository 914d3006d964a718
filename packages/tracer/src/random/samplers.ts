import type { Shape } from "@weftjs/ir";
import { add, clip, maximum, mod, multiply, subtract } from "../functions/arithmetic.js";
import { argmax } from "../functions/positions.js";
import { argsort } from "../functions/sorting.js";
import { arange, full } from "../functions/creation.js";
import { astype } from "../functions/convert.js";
import { axisOf } from "../functions/axes.js";
import { bitwiseAnd, rightShift } from "../functions/bits.js";
import { erf, erfinv } from "../functions/trigonometric.js";
import { less } from "../functions/compare.js";
import { log } from "../functions/exponential.js";
import type { Numeric } from "../functions/numeric.js";
import { take } from "../functions/gathering.js";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { bits, type Key, split } from "./key.js";

/** The dtype of random floats. */
export interface FloatOptions {
  /** float32 where absent. */
  readonly dtype?: "float32" | "float16";
}

/** The interval of `uniform`. */
export interface UniformOptions extends FloatOptions {
  /** Included; 0 where absent. */
  readonly min?: Numeric;
  /** Left out; 1 where absent. */
  readonly max?: Numeric;
}

/** Uniform numbers from `min` up to, not including, `max`. */
export function uniform(
  key: Key,
  shape: Shape = [],
  { min = 0, max = 1, dtype = "float32" }: UniformOptions = {},
): Tensor {
  const unit = unitInterval(key, shape, dtype);
  if (min === 0 && max === 1) return unit;
  const span =
    typeof min === "number" && typeof max === "number" ? difference(max, min, dtype) : subtract(max, min);
  return maximum(add(multiply(unit, span), min), min);
}

/** As many of the leading random bits as the mantissa holds, as a fraction: exact in every step. */
function unitInterval(key: Key, shape: Shape, dtype: "float32" | "float16"): Tensor {
  const words = bits(key, shape);
  if (dtype === "float32") return multiply(astype(rightShift(words, 9), "float32"), 2 ** -23);
  // JAX draws 16 bits for float16: the lower half of the word.
  return multiply(astype(rightShift(bitwiseAnd(words, 0xffff), 6), "float16"), 2 ** -10);
}

/** Rounded as the dtype has it, because 1 - (-1 + 2⁻²⁴) is 2 in float32. */
function difference(max: number, min: number, dtype: "float32" | "float16"): number {
  return dtype === "float32" ? Math.fround(Math.fround(max) - Math.fround(min)) : max - min;
}

/** The largest float below 1, by dtype. */
const BELOW_ONE = { float32: 1 - 2 ** -24, float16: 1 - 2 ** -11 } as const;
/** The smallest normal float, by dtype. */
const TINY = { float32: 2 ** -126, float16: 2 ** -14 } as const;

/**
 * Normal numbers of this shape, mean 0 and deviation 1, float32 where nothing else is said: √2 · erfinv of uniform ones,
 * which gives JAX's up to rounding in erfinv.
 *
 * @throws W2150 a key that is none.
 */
export function normal(key: Key, shape: Shape = [], { dtype = "float32" }: FloatOptions = {}): Tensor {
  const u = uniform(key, shape, { min: -BELOW_ONE[dtype], max: 1, dtype });
  return multiply(erfinv(u), Math.SQRT2);
}

/** Normal numbers of this shape that lie between `lower` and `upper`, both left out; float32. @throws W2150 */
export function truncatedNormal(key: Key, lower: number, upper: number, shape: Shape = []): Tensor {
  const probability = (x: number): Tensor => erf(full([], x / Math.SQRT2));
  const u = uniform(key, shape, { min: probability(lower), max: probability(upper) });
  return clip(multiply(erfinv(u), Math.SQRT2), nextFloat(lower, 1), nextFloat(upper, -1));
}

/** The neighbour of a float32 towards +∞ or -∞. */
function nextFloat(x: number, direction: 1 | -1): number {
  const single = new Float32Array([x]);
  const word = new Int32Array(single.buffer);
  if (!Number.isFinite(single[0]!)) return single[0]!;
  if (single[0] === 0) return direction * TINY.float32;
  word[0]! += direction * Math.sign(single[0]!);
  return single[0]!;
}

/** True with probability `p`: bool, of this shape or that of `p`. @throws W2150 */
export function bernoulli(key: Key, p: Numeric = 0.5, shape?: Shape): Tensor {
  return less(uniform(key, shape ?? (typeof p === "number" ? [] : p.shape)), p);
}

/**
 * Numbers of the standard Gumbel distribution, of this shape: -ln(-ln u), float32 where nothing else is said. Added to
 * logits, the largest is a sample of their softmax.
 *
 * @throws W2150
 */
export function gumbel(key: Key, shape: Shape = [], { dtype = "float32" }: FloatOptions = {}): Tensor {
  return log(log(uniform(key, shape, { min: TINY[dtype], max: 1, dtype })).neg()).neg();
}

/** How `categorical` draws. */
export interface CategoricalOptions {
  /** The axis of the classes; the last where absent. */
  readonly axis?: number;
  /** Of the result; it ends with the shape of the logits without the axis, which it is where absent. */
  readonly shape?: Shape;
}

/** Classes drawn by unnormalised log-probabilities, int32. @throws W2151 for a shape that does not end as it must. */
export function categorical(key: Key, logits: Tensor, { axis = -1, shape }: CategoricalOptions = {}): Tensor {
  const along = axisOf("categorical", axis, logits);
  const batch = logits.shape.toSpliced(along, 1);
  const wanted = shape ?? batch;
  const prefix = wanted.slice(0, Math.max(0, wanted.length - batch.length));
  if (String(wanted.slice(prefix.length)) !== String(batch)) {
    throw userError({
      code: "W2151",
      message: `categorical gives shapes that end with [${batch.join(",")}], got [${wanted.join(",")}]`,
      hint: "put the number of samples in front: shape: [n, ...logits.shape without the axis]",
    });
  }
  const noise = gumbel(key, [...prefix, ...logits.shape], {
    dtype: logits.dtype === "float16" ? "float16" : "float32",
  });
  return argmax(add(noise, logits), { axis: prefix.length + along });
}

/**
 * Whole numbers of this shape from `min` up to, not including, `max`: int32, or uint32. Always `min` where `max` is not
 * above it.
 *
 * @throws W2150 a key that is none; W2151 bounds that are no whole numbers of the dtype.
 */
export function randint(
  key: Key,
  shape: Shape,
  min: number,
  max: number,
  { dtype = "int32" }: { readonly dtype?: "int32" | "uint32" } = {},
): Tensor {
  const [lowest, highest] = dtype === "int32" ? [-(2 ** 31), 2 ** 31] : [0, 2 ** 32];
  if (![min, max].every((bound) => Number.isInteger(bound) && bound >= lowest && bound <= highest)) {
    throw userError({
      code: "W2151",
      message: `randint needs whole numbers from ${lowest} to ${highest} for ${dtype}, got ${min} and ${max}`,
    });
  }
  const [first, second] = split(key);
  const [higher, lower] = [bits(first!, shape), bits(second!, shape)];
  return add(astype(remainder(higher, lower, Math.max(1, max - min)), dtype), min);
}

/** 64 random bits modulo `span`, as JAX computes it in 32: 2³² is first taken modulo `span`. */
function remainder(higher: Tensor, lower: Tensor, span: number): Tensor {
  if (span === 2 ** 32) return lower;
  const root = 2 ** 16 % span;
  // Not 2³² % span: the square wraps at 2³² first, which is where the bits come from.
  const multiplier = (Math.imul(root, root) >>> 0) % span;
  return mod(add(multiply(mod(higher, span), multiplier), mod(lower, span)), span);
}

/**
 * The numbers from 0 to `x - 1`, int32, or the entries of `x` along an axis (the first where absent), shuffled.
 *
 * @throws W2150 a key that is none; W2101 an axis that is not there.
 */
export function permutation(
  key: Key,
  x: number | Tensor,
  { axis = 0 }: { readonly axis?: number } = {},
): Tensor {
  const along = typeof x === "number" ? 0 : axisOf("permutation", axis, x);
  const count = typeof x === "number" ? x : x.shape[along]!;
  // Sorted by random words, as often as makes words that are equal in all rounds unlikely.
  const rounds = Math.ceil((3 * Math.log(Math.max(1, count))) / Math.log(2 ** 32 - 1));
  let order = arange(count);
  for (let round = 0; round < rounds; round++) {
    const [next, own] = split(key);
    key = next!;
    order = take(order, argsort(bits(own!, [count])), { axis: 0 });
  }
  return typeof x === "number" ? order : take(x, order, { axis: along });
}
