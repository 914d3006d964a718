import * as ir from "@weftjs/ir";
import { isFloat, type Operand, type ValueLike } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { abs, divide, power, square, subtract } from "./arithmetic.js";
import { axesOf, type AxisSpec } from "./axes.js";
import { equal, isFinite, notEqual, where } from "./compare.js";
import { astype, stopGradient } from "./convert.js";
import { full } from "./creation.js";
import { exp, log, sqrt } from "./exponential.js";
import { given } from "./numeric.js";

/** Which axes a reduction takes away. */
export interface ReduceOptions {
  /** An axis or a list, negative from the back; all where absent. */
  readonly axis?: AxisSpec;
  /** Leaves the axes in place, with size 1. */
  readonly keepdims?: boolean;
}

type Reduction = (x: Tensor, options?: ReduceOptions) => Tensor;

/** The sum along axes; 0 of no elements. In the dtype of `x`, bools counted in int32. @throws W2101 */
export const sum: Reduction = (x, options) => reduce("sum", ir.sum, x, options);

/** The product along axes; 1 of no elements. In the dtype of `x`. @throws W2101 */
export const prod: Reduction = (x, options) => reduce("prod", ir.prod, x, options);

/** The largest along axes; NaN where one is NaN. Ties share the gradient evenly. @throws W2101; W2012 of no elements */
export const max: Reduction = (x, options) => reduce("max", ir.max, x, options);

/** The smallest along axes; NaN where one is NaN. Ties share the gradient evenly. @throws W2101; W2012 of no elements */
export const min: Reduction = (x, options) => reduce("min", ir.min, x, options);

/** Whether any element holds, or is not 0, along axes: bool, false of no elements. @throws W2101 */
export const any: Reduction = (x, options) => reduce("any", ir.any, x, options);

/** Whether all elements hold, or are not 0, along axes: bool, true of no elements. @throws W2101 */
export const all: Reduction = (x, options) => reduce("all", ir.all, x, options);

/** The mean along axes; integers give float32. NaN of no elements. @throws W2101 */
export const mean: Reduction = (x, options) =>
  inFloat32(toFloat(x), (wide) => divide(sum(wide, options), countAlong("mean", x, options)));

/** How many elements are not 0 along axes, int32. @throws W2101 */
export const countNonzero: Reduction = (x, options) => sum(astype(notEqual(x, 0), "int32"), options);

/** Which axes, and the divisor. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 0 for the population (the default), 1 for a sample. */
  readonly ddof?: number;
}

/**
 * The mean of the squared distances from the mean, along axes; integers give float32. Two passes, so that large means
 * cost no digits. Of fewer elements than `ddof` asks for it is infinite or NaN.
 *
 * @throws W2101
 */
export function variance(x: Tensor, { ddof = 0, ...options }: VarianceOptions = {}): Tensor {
  const divisor = Math.max(0, countAlong("variance", x, options) - ddof);
  return inFloat32(toFloat(x), (floats) => {
    const centred = subtract(floats, mean(floats, { axis: options.axis, keepdims: true }));
    return divide(sum(square(centred), options), divisor);
  });
}

/** The square root of the variance; integers give float32. Where it is 0, so is the gradient. @throws W2101 */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return inFloat32(toFloat(x), (wide) => rootOf(variance(wide, options), sqrt));
}

/**
 * The norm of vectors along axes, `(Σ |x|^ord)^(1/ord)`: Euclidean where `ord` is absent, the largest and the smallest
 * magnitude for `Infinity` and `-Infinity`, for 0 the count of what is not 0. Where it is 0, so is the gradient.
 */
export function norm(
  x: Tensor,
  { ord = 2, ...options }: ReduceOptions & { readonly ord?: number } = {},
): Tensor {
  return inFloat32(toFloat(x), (floats) => normOf(floats, ord, options));
}

function normOf(floats: Tensor, ord: number, options: ReduceOptions): Tensor {
  switch (ord) {
    case 0:
      return astype(countNonzero(floats, options), floats.dtype);
    case 1:
      return sum(abs(floats), options);
    case 2:
      return rootOf(sum(square(floats), options), sqrt);
    case Infinity:
      return max(abs(floats), options);
    case -Infinity:
      return min(abs(floats), options);
    default:
      return rootOf(sum(power(abs(floats), ord), options), (total) => power(total, 1 / ord));
  }
}

/** A root of what is not negative. At 0 its slope is infinite; PyTorch's convention for norms is 0. */
function rootOf(x: Tensor, root: (x: Tensor) => Tensor): Tensor {
  const isZero = equal(x, 0);
  return where(isZero, 0, root(where(isZero, 1, x)));
}

/**
 * `ln Σ eˣ` along axes; integers give float32. The largest is taken out first, so that nothing overflows; of no elements
 * it is -∞.
 *
 * @throws W2101
 */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const floats = toFloat(x);
  const top = finiteMax(floats, options.axis);
  const sums = sum(exp(subtract(floats, top)), { axis: options.axis, keepdims: true });
  const result = log(sums);
  const shifted = given(ir.add(result, top));
  return options.keepdims ? shifted : dropAxes(shifted, axesOf("logsumexp", options.axis, x));
}

/** The largest along axes, kept in place, as a shift for exponentials: 0 where it is infinite (∞ - ∞ is NaN) or of nothing. */
export function finiteMax(x: Tensor, axis: AxisSpec): Tensor {
  const axes = axesOf("max", axis, x);
  const isEmpty = axes.some((k) => x.shape[k] === 0);
  if (isEmpty)
    return full(
      x.shape.map((size, k) => (axes.includes(k) ? 1 : size)),
      0,
      x,
    );
  const top = stopGradient(max(x, { axis, keepdims: true }));
  return where(isFinite(top), top, 0);
}

/** What `f` makes of float16 in float32, whose sums do not overflow where their root or mean would not; all else as it is. */
export function inFloat32(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return x.dtype === "float16" ? astype(f(astype(x, "float32")), "float16") : f(x);
}

/** `x`, integers and bools as float32. */
export function toFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : astype(x, "float32");
}

/** Takes away axes of size 1. */
function dropAxes(x: Tensor, axes: readonly number[]): Tensor {
  return given(ir.reshape(x, { shape: x.shape.filter((_, axis) => !axes.includes(axis)) }));
}

function reduce(
  name: string,
  op: (x: Operand, attrs: { readonly axes: readonly number[] }) => ValueLike,
  x: Tensor,
  { axis, keepdims = false }: ReduceOptions = {},
): Tensor {
  const axes = axesOf(name, axis, x);
  const reduced = given(op(x, { axes }));
  if (!keepdims) return reduced;
  return given(ir.reshape(reduced, { shape: x.shape.map((size, k) => (axes.includes(k) ? 1 : size)) }));
}

function countAlong(name: string, x: Tensor, { axis }: ReduceOptions = {}): number {
  return axesOf(name, axis, x).reduce((count, one) => count * x.shape[one]!, 1);
}
