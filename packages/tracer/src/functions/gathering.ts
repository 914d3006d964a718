import * as ir from "@weftjs/ir";
import { broadcastShapes, formatType, isFloat } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import { astype } from "./convert.js";
import { tensor } from "./creation.js";
import { given, type Numeric } from "./numeric.js";
import { broadcastTo, ravel, reshape } from "./shape.js";

/**
 * Integers, tensor or not, that name places along an axis. Negative ones count from the back. One that names no place
 * gives NaN (0 for integers, false for bool) where it is read and is passed over where something is added: no kernel
 * can throw, and nothing out of bounds is touched.
 */
export type Indices = Tensor | number | readonly number[];

/** The axis that indices count along. */
export interface AlongOption {
  /** Negative from the back. */
  readonly axis?: number;
}

/**
 * The slices of `x` along an axis that `indices` name: `[...before, ...indices.shape, ...after]`; elements of the
 * flattened tensor where no axis is given. Costs nothing where another kernel reads it.
 *
 * @throws W2130 indices that are no integers.
 */
export function take(x: Tensor, indices: Indices, { axis }: AlongOption = {}): Tensor {
  if (axis === undefined) return take(ravel(x), indices, { axis: 0 });
  return gathered(x, placesOf("take", indices), axisOf("take", axis, x));
}

/**
 * Elements of `x` along an axis (the last where absent), each at its own index: `out[i, j] = x[i, indices[i, j]]`.
 * The other axes broadcast.
 *
 * @throws W2003 where they do not; W2130 indices that are no integers.
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, { axis = -1 }: AlongOption = {}): Tensor {
  const along = axisOf("takeAlongAxis", axis, x);
  const places = placesOf("takeAlongAxis", indices) as Tensor;
  if (places.ndim !== x.ndim) throw notAlong("takeAlongAxis", x, places);
  const others = broadcastShapes(x.shape.with(along, 1), places.shape.with(along, 1));
  if (!others) throw notAlong("takeAlongAxis", x, places);
  const from = broadcastTo(x, others.with(along, x.shape[along]!));
  const at = broadcastTo(places, others.with(along, places.shape[along]!));
  return given(ir.gatherAlong(from, at, { axis: along, fill: fillOf(x) }));
}

/** The rows of `table: [entries, ...rest]` that `indices` name: `[...indices.shape, ...rest]`. */
export function embedding(table: Tensor, indices: Indices): Tensor {
  return take(table, indices, { axis: 0 });
}

/**
 * `x` with elements of `source` added along an axis (0 where absent), each at its own index:
 * `out[i, indices[i, j]] += source[i, j]` for axis 1. Repeated indices add up, in their order, with the same bits in
 * every run. The other axes of `indices` and `source` stretch to those of `x`.
 *
 * @throws W2003 shapes that do not stretch; W2130 indices that are no integers.
 */
export function scatterAdd(
  x: Tensor,
  indices: Tensor,
  source: Numeric,
  { axis = 0 }: AlongOption = {},
): Tensor {
  const along = axisOf("scatterAdd", axis, x);
  const places = placesOf("scatterAdd", indices) as Tensor;
  if (places.ndim !== x.ndim) throw notAlong("scatterAdd", x, places);
  const shape = x.shape.with(along, places.shape[along]!);
  return addedAlong(x, broadcastTo(places, shape), broadcastTo(asTensor(source, x), shape), along);
}

/**
 * `x` with the slices of `source` along an axis (0 where absent) added to those that `indices`, of one axis, name.
 * Repeated indices add up, with the same bits in every run.
 *
 * @throws W2003 where `source` does not stretch to slices of `x`; W2130 indices that are no integers.
 */
export function indexAdd(
  x: Tensor,
  indices: Indices,
  source: Numeric,
  { axis = 0 }: AlongOption = {},
): Tensor {
  const along = axisOf("indexAdd", axis, x);
  const places = ravel(asTensor(placesOf("indexAdd", indices), null));
  const shape = x.shape.with(along, places.size);
  const column = reshape(
    places,
    shape.map((size, k) => (k === along ? size : 1)),
  );
  return addedAlong(x, broadcastTo(column, shape), broadcastTo(asTensor(source, x), shape), along);
}

/** `x` with elements added along an axis, each at its own index. */
export function addedAlong(x: Tensor, indices: Tensor, source: Tensor, axis: number): Tensor {
  return add(x, given(ir.scatterAdd(indices, source, { axis, size: x.shape[axis]! })));
}

/** The slices of `x` that int32 indices name. */
export function gathered(x: Tensor, indices: Numeric, axis: number): Tensor {
  return given(ir.gather(x, indices, { axis, fill: fillOf(x) }));
}

/** What stands where an index names no place. */
function fillOf(x: Tensor): number {
  return isFloat(x.dtype) ? Number.NaN : 0;
}

/** Indices as int32. @throws W2130 */
export function placesOf(name: string, indices: Indices): Numeric {
  if (typeof indices === "number" && Number.isInteger(indices)) return indices;
  if (Array.isArray(indices)) return tensor(indices as readonly number[], { dtype: "int32" });
  const { dtype } = indices as Tensor;
  if (dtype === "int32") return indices as Tensor;
  if (dtype === "uint32") return astype(indices as Tensor, "int32");
  throw userError({
    code: "W2130",
    message: `${name} needs integer indices, got ${dtype === undefined ? String(indices as number) : formatType((indices as Tensor).type)}`,
    hint: dtype === "bool" ? "at(x, mask) takes masks" : 'convert them with astype(indices, "int32")',
  });
}

/** A tensor in the dtype of `like`; without one as it is, a number as int32. */
export function asTensor(x: Numeric, like: Tensor | null): Tensor {
  const dtype = like?.dtype ?? "int32";
  return typeof x !== "number" && x.dtype === dtype ? x : astype(x, dtype);
}

function notAlong(name: string, x: Tensor, indices: Tensor): Error {
  return userError({
    code: "W2003",
    message: `${name} needs indices with the axes of its operand, got shapes [${indices.shape.join(",")}] and [${x.shape.join(",")}]`,
    notes: [`operand is ${formatType(x.type)}, indices are ${formatType(indices.type)}`],
    hint: "take and indexAdd use one list of indices for all slices",
  });
}
