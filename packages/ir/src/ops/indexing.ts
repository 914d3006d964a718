import { lift } from "../batching/lift.js";
import { WeftError } from "../errors.js";
import type { IndexOps, MovementSource } from "../index-ops.js";
import type { KernelInput, KernelOp } from "../op.js";
import type { BinaryMovement, Callable } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import {
  elementCount,
  formatType,
  isFloat,
  sameShape,
  type Shape,
  stridesOf,
  type TensorType,
} from "../types.js";
import { transpose } from "./movement.js";
import { broadcastTo, reshape } from "./stretch.js";

/** Which axis is indexed, and what stands where an index is outside of it. */
type GatherAttrs = { readonly axis: number; readonly fill?: number };

/**
 * The slices of `x` along `axis` that `indices`, int32, name: `[...before, ...indices.shape, ...after]`. An index
 * from -size to -1 counts from the end; one outside gives `fill`, and no gradient. Nothing out of bounds is read.
 *
 * @throws W2030 indices that are not int32, or an axis that `x` does not have.
 */
export const gather: BinaryMovement<["x", "indices"], GatherAttrs> = defineOp({
  kind: "movement",
  name: "gather",
  summary: "the slices along an axis that indices name",
  operands: ["x", "indices"],
  defaults: { fill: 0 },
  infer([x, indices], { axis }: GatherAttrs) {
    checkIndices("gather", x, indices, axis);
    return { dtype: x.dtype, shape: x.shape.toSpliced(axis, 1, ...indices.shape) };
  },
  sources<I>(at: readonly I[], { axis }: GatherAttrs, ix: IndexOps<I>, [x, indices]: readonly TensorType[]) {
    const rank = indices!.shape.length;
    return picked(at.toSpliced(axis, rank, ix.element(1, at.slice(axis, axis + rank))), axis, ix, x!.shape);
  },
  fill: ({ fill = 0 }) => fill,
  vjp({ x, indices }, { ct, attrs: { axis } }) {
    const size = x.shape[axis]!;
    const slices = x.shape.with(axis, indices.size);
    const column = reshape(indices, { shape: slices.map((count, k) => (k === axis ? count : 1)) });
    const everywhere = broadcastTo(column, { shape: slices });
    return { x: scatterAdd(everywhere, reshape(ct, { shape: slices }), { axis, size }) };
  },
  batch({ x, indices }, { attrs: { axis, fill = 0 }, batched }) {
    if (!batched[1]) return gather(x, indices, { axis: axis + 1, fill });
    if (!batched[0]) {
      // The batch comes where the axis was.
      const slices = gather(x, indices, { axis, fill });
      const rest = [...slices.shape.keys()].filter((k) => k !== axis);
      return transpose(slices, { perm: [axis, ...rest] });
    }
    const [size, ...shape] = indices.shape;
    const slices = x.shape.with(axis + 1, elementCount(shape));
    const column = reshape(indices, {
      shape: slices.map((count, k) => (k === 0 || k === axis + 1 ? count : 1)),
    });
    const each = gatherAlong(x, broadcastTo(column, { shape: slices }), { axis: axis + 1, fill });
    return reshape(each, { shape: [size!, ...x.shape.slice(1).toSpliced(axis, 1, ...shape)] });
  },
  samples: [
    { operands: [{ shape: [4] }, indices([3, 0, 0])], attrs: { axis: 0 } },
    { operands: [{ shape: [3, 4] }, indices([2, -1, 0, 1], [2, 2])], attrs: { axis: 0 } },
    { operands: [{ shape: [3, 4] }, indices([-4, 3, 4, -5, 1])], attrs: { axis: 1, fill: 2 } },
    { operands: [{ shape: [2, 3, 2] }, indices([1], [])], attrs: { axis: 1 } },
    { operands: [{ shape: [3] }, indices([], [0, 2])], attrs: { axis: 0 } },
    { operands: [{ shape: [0, 2] }, indices([0, -1])], attrs: { axis: 0 } },
  ],
});

/**
 * Elements of `x` along `axis`, each at its own index: `out[i, j] = x[i, indices[i, j]]` for axis 1. `indices`,
 * int32, has the shape of `x` but along `axis`, and so has the result. Indices are as those of `gather`.
 *
 * @throws W2030 indices of another dtype or shape.
 */
export const gatherAlong: BinaryMovement<["x", "indices"], GatherAttrs> = defineOp({
  kind: "movement",
  name: "gatherAlong",
  summary: "elements along an axis, each at an index of its own",
  operands: ["x", "indices"],
  defaults: { fill: 0 },
  infer([x, indices], { axis }: GatherAttrs) {
    checkIndices("gatherAlong", x, indices, axis);
    checkAlong("gatherAlong", x, indices, axis);
    return { dtype: x.dtype, shape: indices.shape };
  },
  sources: <I>(at: readonly I[], { axis }: GatherAttrs, ix: IndexOps<I>, [x]: readonly TensorType[]) =>
    picked(at.with(axis, ix.element(1, at)), axis, ix, x!.shape),
  fill: ({ fill = 0 }) => fill,
  vjp: ({ x, indices }, { ct, attrs: { axis } }) => ({
    x: scatterAdd(indices, ct, { axis, size: x.shape[axis]! }),
  }),
  batch({ x, indices }, { attrs: { axis, fill = 0 }, batched, size }) {
    const [all, places] = [batched[0] ? x : lift(x, size), batched[1] ? indices : lift(indices, size)];
    return gatherAlong(all, places, { axis: axis + 1, fill });
  },
  samples: [
    { operands: [{ shape: [4] }, indices([3, 0, -4])], attrs: { axis: 0 } },
    { operands: [{ shape: [2, 3] }, indices([2, 0, 1, -1], [2, 2])], attrs: { axis: 1 } },
    {
      operands: [{ shape: [3, 4] }, indices([0, 1, 2, 3, -1, -4, 1, 0], [2, 4])],
      attrs: { axis: 0, fill: 1 },
    },
    { operands: [{ shape: [2, 0] }, indices([0, 0], [2, 1])], attrs: { axis: 1 } },
  ],
});

/** The element at a position whose index along `axis` may count from the end or be outside. */
function picked<I>(at: readonly I[], axis: number, ix: IndexOps<I>, shape: Shape): MovementSource<I>[] {
  const size = shape[axis]!;
  if (size === 0) return [];
  const index = at[axis]!;
  return [
    {
      operand: 0,
      at: at.with(axis, ix.mod(index, size)),
      when: [{ value: index, from: -size, below: size }],
    },
  ];
}

function checkIndices(name: string, x: TensorType, indices: TensorType, axis: number): void {
  if (indices.dtype === "int32" && Number.isInteger(axis) && axis >= 0 && axis < x.shape.length) return;
  throw new WeftError({
    code: "W2030",
    message: `${name} needs int32 indices into an axis of its operand, got ${formatType(indices)} for axis ${axis} of ${formatType(x)}`,
    hint: isFloat(indices.dtype) ? 'convert them with astype(indices, "int32")' : "a scalar has no axes",
  });
}

/** @throws W2030 shapes that differ along another axis than `axis`. */
function checkAlong(name: string, x: TensorType, indices: TensorType, axis: number): void {
  const { length } = x.shape;
  if (length === indices.shape.length && x.shape.every((size, k) => k === axis || size === indices.shape[k]))
    return;
  throw new WeftError({
    code: "W2030",
    message: `${name} needs indices of the shape of its operand but along axis ${axis}, got ${formatType(indices)} for ${formatType(x)}`,
    hint: "stretch the indices with broadcastTo",
  });
}

function indices(data: readonly number[], shape: Shape = [data.length]) {
  return { dtype: "int32", shape, data } as const;
}

type ScatterAttrs = { readonly axis: number; readonly size: number };

/**
 * Sums of the elements of `source` by index: `out[i, indices[i, j]] += source[i, j]` for axis 1, into zeros of `size`
 * along `axis`. `indices`, int32, has the shape of `source`; an index from -size to -1 counts from the end, what
 * falls outside is lost. Elements of one index are added in their order, so every run gives the same bits.
 *
 * @throws W2031 operands of other types, or an axis that they do not have.
 */
export const scatterAdd: KernelOp & Callable<["indices", "source"], ScatterAttrs> = defineOp({
  kind: "kernel",
  name: "scatterAdd",
  template: "scatter",
  summary: "sums of elements by index along an axis",
  operands: ["indices", "source"],
  infer([indices, source], { axis, size }: ScatterAttrs) {
    const isSound =
      indices.dtype === "int32" &&
      source.dtype !== "bool" &&
      sameShape(indices.shape, source.shape) &&
      Number.isInteger(axis) &&
      axis >= 0 &&
      axis < source.shape.length &&
      Number.isInteger(size) &&
      size >= 0;
    if (isSound) return { dtype: source.dtype, shape: source.shape.with(axis, size) };
    throw new WeftError({
      code: "W2031",
      message: `scatterAdd needs int32 indices of the shape of its numbers and an axis of them, got ${formatType(indices)} for ${formatType(source)}, axis ${axis} of size ${size}`,
      hint: "stretch the indices with broadcastTo; convert bools with astype",
    });
  },
  evaluate: ([indices, source], { axis, size }) => [sumsByIndex(indices, source, axis, size)],
  vjp: ({ indices }, { ct, attrs: { axis } }) => ({ source: gatherAlong(ct, indices, { axis }) }),
  jvp: ({ indices }, { source }, { attrs }) => source && scatterAdd(indices, source, attrs),
  batch({ indices, source }, { attrs, batched, size }) {
    const [places, all] = [
      batched[0] ? indices : lift(indices, size),
      batched[1] ? source : lift(source, size),
    ];
    return scatterAdd(places, all, { axis: attrs.axis + 1, size: attrs.size });
  },
  samples: [
    { operands: [int32([1, 1, 3, -1]), { shape: [4] }], attrs: { axis: 0, size: 4 } },
    { operands: [int32([0, 2, 2, 1, 1, 5], [2, 3]), { shape: [2, 3] }], attrs: { axis: 1, size: 3 } },
    { operands: [int32([2, 0, 2, 1, 0, 0, -3, 7], [2, 4]), { shape: [2, 4] }], attrs: { axis: 0, size: 3 } },
    { operands: [int32([0, 1, 1, 0], [2, 2, 1]), { shape: [2, 2, 1] }], attrs: { axis: 1, size: 2 } },
    { operands: [int32([], [0, 2]), { shape: [0, 2] }], attrs: { axis: 0, size: 2 } },
    { operands: [int32([0, 1]), { shape: [2] }], attrs: { axis: 0, size: 0 } },
  ],
});

function sumsByIndex(indices: KernelInput, source: KernelInput, axis: number, size: number): Float64Array {
  const { shape } = source.type;
  const inner = stridesOf(shape)[axis]!;
  const count = shape[axis]!;
  const out = new Float64Array(elementCount(shape.with(axis, size)));
  for (let i = 0; i < source.data.length; i++) {
    const index = indices.data[i]!;
    const place = index < 0 ? index + size : index;
    if (place < 0 || place >= size) continue;
    const outer = Math.floor(i / (inner * count));
    out[(outer * size + place) * inner + (i % inner)]! += source.data[i]!;
  }
  return out;
}

function int32(data: readonly number[], shape: Shape = [data.length]) {
  return { dtype: "int32", shape, data } as const;
}
