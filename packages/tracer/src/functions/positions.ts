import * as ir from "@weftjs/ir";
import { isFloat } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { axisOf } from "./axes.js";
import { equal, isNaN, logicalOr, where } from "./compare.js";
import { positions } from "./creation.js";
import { given } from "./numeric.js";
import { max, min } from "./reductions.js";

/** Along which axis `argmax` and `argmin` look. */
export interface PositionOptions {
  /** Negative from the back; the flattened tensor where absent. */
  readonly axis?: number;
  /** Leaves the axes in place, with size 1; false where absent. */
  readonly keepdims?: boolean;
}

/**
 * The position along an axis of the largest element, int32; the first of equal ones, and the first NaN where there is
 * one. Without an axis, in the flattened tensor.
 *
 * @throws W2101; W2012 along an axis of no elements.
 */
export function argmax(x: Tensor, options: PositionOptions = {}): Tensor {
  return firstWinner("argmax", x, max, options);
}

/**
 * The position along an axis of the smallest element, int32; the first of equal ones, and the first NaN where there is
 * one. Without an axis, in the flattened tensor.
 *
 * @throws W2101; W2012 along an axis of no elements.
 */
export function argmin(x: Tensor, options: PositionOptions = {}): Tensor {
  return firstWinner("argmin", x, min, options);
}

function firstWinner(
  name: string,
  operand: Tensor,
  best: typeof max,
  { axis, keepdims = false }: PositionOptions,
): Tensor {
  const x = axis === undefined ? given(ir.reshape(operand, { shape: [operand.size] })) : operand;
  const along = axis === undefined ? 0 : axisOf(name, axis, x);
  const isBest = equal(x, best(x, { axis: along, keepdims: true }));
  const wins = isFloat(x.dtype) ? logicalOr(isBest, isNaN(x)) : isBest;
  const first = min(where(wins, positions(x.shape, along), x.shape[along]!), { axis: along, keepdims });
  if (axis !== undefined || !keepdims) return first;
  return given(ir.reshape(first, { shape: operand.shape.map(() => 1) }));
}
