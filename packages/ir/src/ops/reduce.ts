import type { Value } from "../graph.js";
import type { Sample, VjpContext } from "../op.js";
import type { Axes, Reduction } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { BOOLS, type DType, elementCount, NUMBERS, type ValueLike } from "../types.js";
import { divide, multiply } from "./arithmetic.js";
import { equal } from "./compare.js";
import { astype } from "./convert.js";
import { flip, pad, slice, transpose } from "./movement.js";
import { constant } from "./source.js";
import { reshape, spread, sum } from "./stretch.js";

const LEAST: Record<DType, number> = {
  float64: -Infinity,
  float32: -Infinity,
  float16: -Infinity,
  int32: -(2 ** 31),
  uint32: 0,
  bool: 0,
};

const GREATEST: Record<DType, number> = {
  float64: Infinity,
  float32: Infinity,
  float16: Infinity,
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  bool: 1,
};

const TRUTHS: readonly Sample[] = [
  { operands: [{ dtype: "bool", shape: [4, 2], data: [0, 0, 0, 1, 1, 0, 1, 1] }], attrs: { axes: [1] } },
  { operands: [{ dtype: "bool", shape: [2, 2], data: [0, 1, 1, 1] }], attrs: { axes: [0, 1] } },
  { operands: [{ dtype: "bool", shape: [], data: [1] }], attrs: { axes: [] } },
  { operands: [{ dtype: "bool", shape: [2, 0], data: [] }], attrs: { axes: [1] } },
];

/** The largest along `axes`, which vanish; NaN where one is NaN. Ties share the gradient evenly. */
export const max: Reduction = defineOp({
  kind: "reduce",
  name: "max",
  summary: "the largest along axes",
  operands: ["x"],
  accepts: NUMBERS,
  needsElements: true,
  identity: (dtype) => LEAST[dtype],
  combine: (a, b, s) => s.max(a, b),
  vjp: ({ x }, context) => ({ x: sharedByWinners(x, context) }),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { axes: [1] } },
    { operands: [{ shape: [2, 3, 2] }], attrs: { axes: [0, 2] } },
    { operands: [{ shape: [] }], attrs: { axes: [] } },
    { operands: [{ shape: [0, 3] }], attrs: { axes: [1] } },
  ],
});

/** The smallest along `axes`, which vanish; NaN where one is NaN. Ties share the gradient evenly. */
export const min: Reduction = defineOp({
  kind: "reduce",
  name: "min",
  summary: "the smallest along axes",
  operands: ["x"],
  accepts: NUMBERS,
  needsElements: true,
  identity: (dtype) => GREATEST[dtype],
  combine: (a, b, s) => s.min(a, b),
  vjp: ({ x }, context) => ({ x: sharedByWinners(x, context) }),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { axes: [1] } },
    { operands: [{ shape: [2, 3, 2] }], attrs: { axes: [0, 2] } },
    { operands: [{ shape: [] }], attrs: { axes: [] } },
    { operands: [{ shape: [0, 3] }], attrs: { axes: [1] } },
  ],
});

/** Where the result is NaN no element equals it: the gradient is 0 / 0 there, NaN as in PyTorch and JAX. */
function sharedByWinners(x: Value, { ct, out, attrs }: VjpContext<Axes>): ValueLike {
  const isWinner = equal(x, spread(out, attrs.axes, x.shape));
  const winners = astype(isWinner, { dtype: x.dtype });
  const share = divide(ct, sum(winners, attrs));
  return multiply(winners, spread(share, attrs.axes, x.shape));
}

/** The product along `axes`, which vanish; 1 of no elements. Its gradient is right where elements are 0. */
export const prod: Reduction = defineOp({
  kind: "reduce",
  name: "prod",
  summary: "the product along axes",
  operands: ["x"],
  accepts: NUMBERS,
  identity: () => 1,
  combine: (a, b, s) => s.mul(a, b),
  vjp: ({ x }, { ct, attrs }) => ({
    x: multiply(spread(ct, attrs.axes, x.shape), productOfOthers(x, attrs)),
  }),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { axes: [1] } },
    { operands: [{ shape: [3, 3], data: [1, 2, 3, 4, 0, 6, 0, 8, 0] }], attrs: { axes: [1] } },
    { operands: [{ shape: [5, 1, 2], data: [2, 0, 3, 4, 0, 0.5, 1, 2, 3, 1] }], attrs: { axes: [0, 1] } },
    { operands: [{ shape: [] }], attrs: { axes: [] } },
    { operands: [{ shape: [2, 0] }], attrs: { axes: [1] } },
  ],
});

/**
 * For each element the product of all others, by multiplication alone, so that zeros need no cases and every further
 * derivative is right at them too. A tree: products of pairs, of pairs of pairs, and so on; then from the top down each
 * node's others are its parent's others and its sibling. Three products an element, log₂ n levels.
 */
function productOfOthers(x: Value, { axes }: Axes): ValueLike {
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const perm = [...kept, ...axes];
  const moved = transpose(x, { perm });
  const count = elementCount(axes.map((axis) => x.shape[axis]!));
  const rows = elementCount(kept.map((axis) => x.shape[axis]!));
  const others = othersInRows(reshape(moved, { shape: [rows, count] }), rows, count);
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return transpose(reshape(others, { shape: moved.shape }), { perm: back });
}

function othersInRows(x: ValueLike, rows: number, count: number): ValueLike {
  if (count <= 1) return constant({ value: 1, dtype: x.dtype, shape: [rows, count] });
  const pairs = Math.ceil(count / 2);
  const even = pad(x, { low: [0, 0], high: [0, 2 * pairs - count], interior: [], value: 1 });
  const siblings = flip(reshape(even, { shape: [rows, pairs, 2] }), { axes: [2] });
  const half = (start: number): ValueLike =>
    slice(even, { starts: [0, start], sizes: [rows, pairs], strides: [1, 2] });
  const above = othersInRows(multiply(half(0), half(1)), rows, pairs);
  const others = multiply(spread(above, [2], [rows, pairs, 2]), siblings);
  const flat = reshape(others, { shape: [rows, 2 * pairs] });
  return slice(flat, { starts: [0, 0], sizes: [rows, count], strides: [1, 1] });
}

/** Whether any holds along `axes`, which vanish; false of no elements. */
export const any: Reduction = defineOp({
  kind: "reduce",
  name: "any",
  summary: "whether any holds along axes",
  operands: ["x"],
  accepts: BOOLS,
  identity: () => 0,
  combine: (a, b, s) => s.or(a, b),
  vjp: null,
  samples: TRUTHS,
});

/** Whether all hold along `axes`, which vanish; true of no elements. */
export const all: Reduction = defineOp({
  kind: "reduce",
  name: "all",
  summary: "whether all hold along axes",
  operands: ["x"],
  accepts: BOOLS,
  identity: () => 1,
  combine: (a, b, s) => s.and(a, b),
  vjp: null,
  samples: TRUTHS,
});
