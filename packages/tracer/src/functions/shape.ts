import * as ir from "@weftjs/ir";
import { elementCount, formatType, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { axesOf, axisOf, type AxisSpec } from "./axes.js";
import { given } from "./numeric.js";

/**
 * The same elements, row-major, under another shape; one size may be -1 and is worked out.
 *
 * @throws W2102 when the numbers of elements differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.filter((size) => size !== -1);
  if (known.length === shape.length) return given(ir.reshape(x, { shape }));
  const rest = x.size / elementCount(known);
  if (known.length !== shape.length - 1 || !Number.isInteger(rest)) {
    throw userError({
      code: "W2102",
      message: `reshape cannot bring ${x.size} elements to [${shape.join(",")}]`,
      notes: [`operand is ${formatType(x.type)}`],
      hint: "one size may be -1; the others must divide the number of elements",
    });
  }
  return given(ir.reshape(x, { shape: shape.map((size) => (size === -1 ? rest : size)) }));
}

/** Axis `i` of the result is axis `perm[i]` of `x`; without `perm` the axes are reversed. @throws W2101, W2014 */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const order = perm ? perm.map((axis) => axisOf("transpose", axis, x)) : [...x.shape.keys()].reverse();
  return given(ir.transpose(x, { perm: order }));
}

/** Axis `i` of the result is axis `perm[i]` of `x`. @throws W2101, W2014 for a list that is no permutation. */
export function permute(x: Tensor, perm: readonly number[]): Tensor {
  return transpose(x, perm);
}

/** Two axes exchanged. @throws W2101 */
export function swapaxes(x: Tensor, a: number, b: number): Tensor {
  const [first, second] = [axisOf("swapaxes", a, x), axisOf("swapaxes", b, x)];
  return transpose(x, [...x.shape.keys()].with(first, second).with(second, first));
}

/** One axis moved to another place; the others keep their order. @throws W2101 */
export function moveaxis(x: Tensor, from: number, to: number): Tensor {
  const [source, target] = [axisOf("moveaxis", from, x), axisOf("moveaxis", to, x)];
  const order = [...x.shape.keys()].filter((axis) => axis !== source);
  return transpose(x, order.toSpliced(target, 0, source));
}

/** A new axis of size 1 at `axis` of the result. @throws W2101 */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = axisOf("expandDims", axis, x, x.ndim + 1);
  return given(ir.reshape(x, { shape: x.shape.toSpliced(at, 0, 1) }));
}

/** Without these axes of size 1; without all of them where no axis is given. @throws W2111 for a longer axis. */
export function squeeze(x: Tensor, axis?: AxisSpec): Tensor {
  const axes =
    axis === undefined ? [...x.shape.keys()].filter((k) => x.shape[k] === 1) : axesOf("squeeze", axis, x);
  const long = axes.find((k) => x.shape[k] !== 1);
  if (long !== undefined) {
    throw userError({
      code: "W2111",
      message: `squeeze takes away axes of size 1, axis ${long} has ${x.shape[long]}`,
      notes: [`operand is ${formatType(x.type)}`],
    });
  }
  return given(ir.reshape(x, { shape: x.shape.filter((_, k) => !axes.includes(k)) }));
}

/** All elements, row-major, along one axis: `[x.size]`. */
export function ravel(x: Tensor): Tensor {
  return given(ir.reshape(x, { shape: [x.size] }));
}

/** `x` repeated along new leading axes and axes of size 1. @throws W2013 sizes that do not stretch. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return given(ir.broadcastTo(x, { shape }));
}

/** Backwards along axes; along all where none is given. @throws W2101 */
export function flip(x: Tensor, axis?: AxisSpec): Tensor {
  return given(ir.flip(x, { axes: axesOf("flip", axis, x) }));
}

/** `reps[i]` copies one after another along axis `i`, counted from the last; a number repeats the last axis. Leading axes are added where `reps` has more. */
export function tile(x: Tensor, reps: number | readonly number[]): Tensor {
  const counts = typeof reps === "number" ? [reps] : reps;
  const rank = Math.max(x.ndim, counts.length);
  const shape = [...Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const times = [...Array<number>(rank - counts.length).fill(1), ...counts];
  const split = given(ir.reshape(x, { shape: shape.flatMap((size) => [1, size]) }));
  const copies = given(ir.broadcastTo(split, { shape: shape.flatMap((size, k) => [times[k]!, size]) }));
  return given(ir.reshape(copies, { shape: shape.map((size, k) => size * times[k]!) }));
}

/** Each element `n` times in a row along an axis; of the flattened tensor where none is given. @throws W2101 */
export function repeat(x: Tensor, n: number, { axis }: { readonly axis?: number } = {}): Tensor {
  if (axis === undefined) return repeat(ravel(x), n, { axis: 0 });
  const along = axisOf("repeat", axis, x);
  const split = expandDims(x, along + 1);
  const copies = broadcastTo(split, split.shape.with(along + 1, n));
  return given(ir.reshape(copies, { shape: x.shape.with(along, x.shape[along]! * n) }));
}
