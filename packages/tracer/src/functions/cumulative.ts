import * as ir from "@weftjs/ir";
import type { DType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { add, maximum, multiply } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import { astype } from "./convert.js";
import { type Binary, given } from "./numeric.js";

/** Along which axis `cumsum` and its kin go. */
export interface CumulativeOptions {
  /** Negative from the back; the flattened tensor where absent. */
  readonly axis?: number;
}

/** Each element the sum of those up to it along the axis: shape and dtype of `x`, bools counted in int32. @throws W2101 */
export function cumsum(x: Tensor, options: CumulativeOptions = {}): Tensor {
  return cumulate("cumsum", x, add, 0, options);
}

/** Each element the product of those up to it along the axis: shape and dtype of `x`. @throws W2101 */
export function cumprod(x: Tensor, options: CumulativeOptions = {}): Tensor {
  return cumulate("cumprod", x, multiply, 1, options);
}

/** Each element the largest of those up to it along the axis, shape and dtype of `x`; NaN from the first NaN on. @throws W2101 */
export function cummax(x: Tensor, options: CumulativeOptions = {}): Tensor {
  return cumulate("cummax", x, maximum, LEAST[x.dtype], options);
}

/** What every element is at least. */
const LEAST: Record<DType, number> = {
  float64: -Infinity,
  float32: -Infinity,
  float16: -Infinity,
  int32: -(2 ** 31),
  uint32: 0,
  bool: 0,
};

/** Hillis and Steele: each round joins what lies twice as far apart, log₂ n rounds. Bools are counted, in int32. */
function cumulate(
  name: string,
  values: Tensor,
  join: Binary,
  neutral: number,
  { axis }: CumulativeOptions,
): Tensor {
  const operand = values.dtype === "bool" ? astype(values, "int32") : values;
  let x = axis === undefined ? given(ir.reshape(operand, { shape: [operand.size] })) : operand;
  const along = axis === undefined ? 0 : axisOf(name, axis, x);
  for (let distance = 1; distance < x.shape[along]!; distance *= 2)
    x = join(x, delayed(x, along, distance, neutral));
  return x;
}

/** `x` moved `distance` places along an axis; what comes in at the front is `value`. */
function delayed(x: Tensor, axis: number, distance: number, value: number): Tensor {
  const zeros = x.shape.map(() => 0);
  const front = given(
    ir.slice(x, {
      starts: zeros,
      sizes: x.shape.with(axis, x.shape[axis]! - distance),
      strides: x.shape.map(() => 1),
    }),
  );
  return given(ir.pad(front, { low: zeros.with(axis, distance), high: zeros, interior: [], value }));
}
