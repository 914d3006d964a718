import * as ir from "@weftjs/ir";
import { isFloat } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { add, mod } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import {
  equal,
  greater,
  greaterEqual,
  isNaN,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  where,
} from "./compare.js";
import { astype, stopGradient } from "./convert.js";
import { positions, tensor, zeros } from "./creation.js";
import { gathered, takeAlongAxis } from "./gathering.js";
import { given } from "./numeric.js";
import { sum } from "./reductions.js";
import { broadcastTo, expandDims, flip, moveaxis, ravel, reshape } from "./shape.js";
import { pad } from "./joining.js";

/** Along which axis, and which way round. */
export interface SortOptions {
  /** Negative from the back; the last where absent. */
  readonly axis?: number;
  /** The largest first. Equal elements keep their order either way, and NaN comes last either way. */
  readonly descending?: boolean;
}

/** The elements along an axis in order, shape and dtype of `x`; stable, NaN last. Gradients go where the elements came from. @throws W2101 */
export function sort(x: Tensor, options: SortOptions = {}): Tensor {
  return takeAlongAxis(x, argsort(x, options), { axis: options.axis ?? -1 });
}

/** The positions along an axis of its elements in order, int32 in the shape of `x`; stable, NaN last. @throws W2101 */
export function argsort(x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor {
  const along = axisOf("argsort", axis, x);
  const rows = moveaxis(stopGradient(x.dtype === "bool" ? astype(x, "int32") : x), along, -1);
  const comesFirst = descending ? greater : less;
  const order = rows.shape.at(-1)! <= COUNTED ? byCounting(rows, comesFirst) : byMerging(rows, comesFirst);
  return moveaxis(order, -1, along);
}

/**
 * The `k` largest elements along an axis (the last where absent), the largest first, and their positions, int32. Of
 * equal ones the first; NaN only where nothing else is left. Both have `min(k, size)` elements along the axis.
 *
 * @throws W2101
 */
export function topk(x: Tensor, k: number, { axis = -1 }: { readonly axis?: number } = {}): [Tensor, Tensor] {
  const along = axisOf("topk", axis, x);
  const order = argsort(x, { axis: along, descending: true });
  const sizes = order.shape.with(along, Math.min(k, order.shape[along]!));
  const starts = sizes.map(() => 0);
  const indices = given(ir.slice(order, { starts, sizes, strides: sizes.map(() => 1) }));
  return [takeAlongAxis(x, indices, { axis: along }), indices];
}

/**
 * Where `values` would go in `sorted`, of one ascending axis, to keep it in order, int32: in front of equal elements,
 * or behind them with `side: "right"`. A binary search of all values at once, in one kernel.
 */
export function searchsorted(
  sorted: Tensor,
  values: Tensor,
  { side = "left" }: { readonly side?: "left" | "right" } = {},
): Tensor {
  const list = stopGradient(ravel(sorted));
  const wanted = stopGradient(values);
  const isBefore = side === "left" ? less : lessEqual;
  let found = zeros(values.shape, { dtype: "int32" });
  for (let step = 2 ** Math.floor(Math.log2(Math.max(1, list.size))); step >= 1; step /= 2) {
    const next = add(found, step);
    const probe = gathered(list, add(next, -1), 0);
    found = where(logicalAnd(lessEqual(next, list.size), precedes(probe, wanted, isBefore)), next, found);
  }
  return found;
}

/**
 * The positions of the elements that are not 0, one int32 tensor an axis, in row-major order. How many there are is
 * known only when the data is: waits for it, and cannot be traced.
 */
export async function nonzero(x: Tensor): Promise<Tensor[]> {
  const data = await x.data();
  const flat: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) flat.push(i);
  const strides = ir.stridesOf(x.shape);
  return x.shape.map((size, axis) =>
    tensor(
      Int32Array.from(flat, (i) => Math.floor(i / strides[axis]!) % size),
      { dtype: "int32" },
    ),
  );
}

/** Elements along the axis up to which comparing all pairs, in two dispatches, beats sorting in rounds. */
const COUNTED = 1024;

type Order = typeof less;

/** Whether `a` stands before `b`; NaN stands behind everything. */
function precedes(a: Tensor, b: Tensor, isFirst: Order): Tensor {
  const first = isFirst(a, b);
  if (!isFloat(a.dtype) && !isFloat(b.dtype)) return first;
  return logicalOr(first, logicalAnd(isNaN(b), logicalNot(isNaN(a))));
}

/** An element's rank is how many precede it, of equal ones those in front; the order is the ranks turned round. */
function byCounting(rows: Tensor, isFirst: Order): Tensor {
  const length = rows.shape.at(-1)!;
  const square = [...rows.shape, length];
  const [i, j] = [positions(square, rows.ndim - 1), positions(square, rows.ndim)];
  const mine = broadcastTo(expandDims(rows, -1), square);
  const other = broadcastTo(expandDims(rows, -2), square);
  const isAhead = where(
    less(j, i),
    logicalNot(precedes(mine, other, isFirst)),
    precedes(other, mine, isFirst),
  );
  const rank = sum(astype(isAhead, "int32"), { axis: -1 });
  const isHere = equal(broadcastTo(expandDims(rank, -2), square), i);
  return sum(where(isHere, j, 0), { axis: -1 });
}

/**
 * Batcher's bitonic sort of elements with their positions, which make equal ones differ: log²(n) rounds, each
 * exchanging elements at one distance. Rows are filled up to a power of two with positions behind all others.
 */
function byMerging(rows: Tensor, isFirst: Order): Tensor {
  const length = rows.shape.at(-1)!;
  const size = 2 ** Math.ceil(Math.log2(length));
  const behind = [
    ...Array.from({ length: rows.ndim - 1 }, () => [0, 0] as const),
    [0, size - length] as const,
  ];
  const lead = rows.shape.slice(0, -1);
  let order = positions([...lead, size], rows.ndim - 1);
  let keys = pad(rows, behind);
  for (let run = 2; run <= size; run *= 2) {
    for (let distance = run / 2; distance >= 1; distance /= 2) {
      const pairs = [...lead, size / (2 * distance), 2, distance];
      const partner = (x: Tensor): Tensor => reshape(flip(reshape(x, pairs), -2), x.shape);
      const [otherKeys, otherOrder] = [partner(keys), partner(order)];
      // Runs go up and down in turn, so that two of them side by side are bitonic; the last one goes up.
      const place = positions(keys.shape, rows.ndim - 1);
      const isLow = isEven(place, distance);
      const isUp = run === size ? null : isEven(place, run);
      const otherFirst = stands(otherKeys, otherOrder, keys, order, length, isFirst);
      const wantsFirst = isUp ? equal(isLow, isUp) : isLow;
      const takesOther = equal(otherFirst, wantsFirst);
      keys = where(takesOther, otherKeys, keys);
      order = where(takesOther, otherOrder, order);
    }
  }
  return given(
    ir.slice(order, { starts: rows.shape.map(() => 0), sizes: rows.shape, strides: rows.shape.map(() => 1) }),
  );
}

/** Whether the block of `size` that a position lies in is the 1st, 3rd, … */
function isEven(place: Tensor, size: number): Tensor {
  return less(mod(place, 2 * size), size);
}

/** The total order of pairs of key and position. */
function stands(a: Tensor, i: Tensor, b: Tensor, j: Tensor, length: number, isFirst: Order): Tensor {
  const tied = logicalAnd(logicalNot(precedes(b, a, isFirst)), less(i, j));
  const among = logicalOr(precedes(a, b, isFirst), tied);
  const isFilling = logicalOr(greaterEqual(i, length), greaterEqual(j, length));
  return where(isFilling, less(i, j), among);
}
