import * as ir from "@weftjs/ir";
import { broadcastShapes, elementCount, formatType, sameShape, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add, maximum, multiply } from "./arithmetic.js";
import { equal, greaterEqual, less, logicalAnd, where } from "./compare.js";
import { positions } from "./creation.js";
import { cumsum } from "./cumulative.js";
import { addedAlong, asTensor, gathered } from "./gathering.js";
import type { Numeric } from "./numeric.js";
import { max } from "./reductions.js";
import { broadcastTo, reshape, transpose } from "./shape.js";

/** Part of a tensor, and how the whole comes out with that part changed. */
export interface Selection {
  readonly part: Tensor;
  set(values: Tensor): Tensor;
  add(values: Tensor): Tensor;
}

/** An axis and the int32 tensor that names places along it. */
export interface TensorEntry {
  readonly axis: number;
  readonly indices: Tensor;
}

/**
 * What integer tensors, one an axis, pick together, as in NumPy: their shapes broadcast, and the common shape stands
 * where their axes stood, or in front. One axis of all their axes is made, so that it is one gather.
 */
export function selectByTensors(x: Tensor, entries: readonly TensorEntry[], inFront: boolean): Selection {
  const axes = entries.map(({ axis }) => axis);
  const to = inFront ? 0 : axes[0]!;
  const perm = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).toSpliced(to, 0, ...axes);
  const ordered = transpose(x, perm);
  const sizes = axes.map((axis) => x.shape[axis]!);
  const count = elementCount(sizes);
  const rows = reshape(ordered, ordered.shape.toSpliced(to, axes.length, count));
  const indices = entries.length === 1 ? entries[0]!.indices : rowNumbers(entries, sizes);
  const part = gathered(rows, indices, to);
  const list = reshape(indices, [indices.size]);

  const sources = (values: Tensor): Tensor => reshape(values, rows.shape.with(to, indices.size));
  const whole = (changed: Tensor): Tensor => {
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return transpose(reshape(changed, ordered.shape), inverse);
  };
  return {
    part,
    set: (values) => whole(rowsReplaced(rows, list, sources(values), to)),
    add: (values) => {
      const shape = rows.shape.with(to, indices.size);
      return whole(addedAlong(rows, along(list, shape, to), sources(values), to));
    },
  };
}

/** Row-major numbers of the places that several indices name together; a place outside gives a number outside. */
function rowNumbers(entries: readonly TensorEntry[], sizes: Shape): Tensor {
  const shape = broadcastShapes(...entries.map(({ indices }) => indices.shape));
  if (!shape) throw doNotBroadcast(entries);
  const strides = ir.stridesOf(sizes);
  const wrapped = entries.map(({ indices }, k) =>
    where(less(indices, 0), add(indices, sizes[k]!), broadcastTo(indices, shape)),
  );
  const number = wrapped.map((place, k) => multiply(place, strides[k]!)).reduce(add);
  const isInside = wrapped
    .map((place, k) => logicalAnd(greaterEqual(place, 0), less(place, sizes[k]!)))
    .reduce(logicalAnd);
  return where(isInside, number, elementCount(sizes));
}

/** Each row that an index names replaced; of several for one row, by the last. Compares every row with every index. */
function rowsReplaced(rows: Tensor, indices: Tensor, values: Tensor, axis: number): Tensor {
  const size = rows.shape[axis]!;
  if (indices.size === 0 || size === 0) return rows;
  const grid = [size, indices.size];
  const places = where(less(indices, 0), add(indices, size), indices);
  const isNamed = equal(positions(grid, 0), broadcastTo(places, grid));
  const last = max(where(isNamed, positions(grid, 1), -1), { axis: 1 });
  const isChanged = along(greaterEqual(last, 0), rows.shape, axis);
  return where(isChanged, gathered(values, maximum(last, 0), axis), rows);
}

/** A list of one number a slice, at every element of the slices. */
function along(list: Tensor, shape: Shape, axis: number): Tensor {
  const column = reshape(
    list,
    shape.map((size, k) => (k === axis ? size : 1)),
  );
  return broadcastTo(column, shape);
}

/** What holds where a mask over the first axes does, changed. Its own shape depends on content: it has no part. */
export function selectByMask(x: Tensor, mask: Tensor): Omit<Selection, "part"> {
  const rest = x.shape.slice(mask.ndim);
  if (!sameShape(mask.shape, x.shape.slice(0, mask.ndim))) throw wrongMask(x, mask);
  const isChosen = broadcastTo(reshape(mask, [...mask.shape, ...rest.map(() => 1)]), x.shape);
  const changed = (values: Tensor, change: (values: Numeric) => Tensor): Tensor =>
    where(isChosen, change(broadcastTo(eachChosen(values, mask, rest), x.shape)), x);
  return {
    set: (values) => changed(values, (each) => asTensor(each, x)),
    add: (values) => changed(values, (each) => add(x, asTensor(each, x))),
  };
}

/** Values of which there is one a place that the mask chooses, each at its place; others as they are. */
function eachChosen(values: Tensor, mask: Tensor, rest: Shape): Tensor {
  if (values.ndim !== rest.length + 1 || values.shape[0] === 1) return values;
  const nth = add(cumsum(reshape(mask, [mask.size]).astype("int32"), { axis: 0 }), -1);
  return gathered(values, reshape(nth, mask.shape), 0);
}

/** Values in the dtype of a tensor, stretched to the part of it that they are for. */
export function valuesFor(x: Tensor, values: Numeric, shape: Shape): Tensor {
  return broadcastTo(asTensor(values, x), shape);
}

function doNotBroadcast(entries: readonly TensorEntry[]): Error {
  return userError({
    code: "W2003",
    message: `index tensors cannot broadcast shapes ${entries.map(({ indices }) => `[${indices.shape.join(",")}]`).join(" and ")}`,
    hint: "for all combinations, give one index a column: at(x, expandDims(i, 1), j)",
  });
}

function wrongMask(x: Tensor, mask: Tensor): Error {
  return userError({
    code: "W2003",
    message: `a mask has the first axes of its operand, got ${formatType(mask.type)} for ${formatType(x.type)}`,
    hint: "stretch it with broadcastTo",
  });
}

/** What `at` gives for a mask: it can be changed, and cannot be read. */
export function unreadablePart(updates: object): unknown {
  return new Proxy(updates, {
    get(target, key) {
      if (key in target) return target[key as keyof typeof target];
      throw userError({
        code: "W2131",
        message: "how many elements a mask chooses is known only on the device",
        hint: "where(mask, x, 0) keeps the shape; await nonzero(mask) gives positions; at(x, mask).set(…) and .add(…) work",
      });
    },
  });
}
