import { checkAxes } from "../call-type.js";
import { WeftError } from "../errors.js";
import type { IndexOps, MovementSource } from "../index-ops.js";
import { lift } from "../batching/lift.js";
import type { UnaryMovement, VariadicMovement } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { formatType, sameShape, type Shape, type ValueLike } from "../types.js";

/** Axis `i` of the result is axis `perm[i]` of `x`. */
export const transpose: UnaryMovement<{ readonly perm: readonly number[] }> = defineOp({
  kind: "movement",
  name: "transpose",
  summary: "the axes in another order",
  operands: ["x"],
  infer([x], { perm }) {
    const isPermutation = perm.length === x.shape.length && x.shape.every((_, axis) => perm.includes(axis));
    if (isPermutation) return { dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) };
    throw new WeftError({
      code: "W2014",
      message: `transpose needs each of ${x.shape.length} axes once, got [${perm.join(",")}]`,
      notes: [`operand is ${formatType(x)}`],
      hint: `for example [${[...x.shape.keys()].reverse().join(",")}]`,
    });
  },
  sources: (at, { perm }) => [{ operand: 0, at: inverse(perm).map((axis) => at[axis]!) }],
  vjp: (_, { ct, attrs }) => ({ x: transpose(ct, { perm: inverse(attrs.perm) }) }),
  batch: ({ x }, { attrs }) => transpose(x, { perm: [0, ...attrs.perm.map((axis) => axis + 1)] }),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { perm: [1, 0] } },
    { operands: [{ shape: [2, 3, 4] }], attrs: { perm: [2, 0, 1] } },
    { operands: [{ shape: [] }], attrs: { perm: [] } },
    { operands: [{ shape: [0, 1] }], attrs: { perm: [1, 0] } },
  ],
});

function inverse(perm: readonly number[]): readonly number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

/** `x` backwards along `axes`. */
export const flip: UnaryMovement<{ readonly axes: readonly number[] }> = defineOp({
  kind: "movement",
  name: "flip",
  summary: "backwards along axes",
  operands: ["x"],
  infer([x], { axes }) {
    checkAxes("flip", axes, x);
    return x;
  },
  sources: (at, { axes }, ix, [x]) => [
    {
      operand: 0,
      at: at.map((i, axis) => (axes.includes(axis) ? ix.sub(ix.literal(x!.shape[axis]! - 1), i) : i)),
    },
  ],
  vjp: (_, { ct, attrs }) => ({ x: flip(ct, attrs) }),
  batch: ({ x }, { attrs }) => flip(x, { axes: attrs.axes.map((axis) => axis + 1) }),
  samples: [
    { operands: [{ shape: [4] }], attrs: { axes: [0] } },
    { operands: [{ shape: [2, 3, 2] }], attrs: { axes: [0, 2] } },
    { operands: [{ shape: [2, 0] }], attrs: { axes: [1] } },
    { operands: [{ shape: [] }], attrs: { axes: [] } },
  ],
});

type SliceAttrs = {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly strides: readonly number[];
};

/** `sizes` elements an axis, from `starts` on, `strides` apart; a stride may be negative. */
export const slice: UnaryMovement<SliceAttrs> = defineOp({
  kind: "movement",
  name: "slice",
  summary: "some elements of each axis, evenly spaced",
  operands: ["x"],
  infer([x], { starts, sizes, strides }) {
    const rank = x.shape.length;
    const fits =
      [starts, sizes, strides].every((list) => list.length === rank) &&
      x.shape.every((size, axis) => sliceFits(size, starts[axis]!, sizes[axis]!, strides[axis]!));
    if (fits) return { dtype: x.dtype, shape: sizes };
    throw new WeftError({
      code: "W2015",
      message: `slice reaches outside its operand: starts [${starts.join(",")}], sizes [${sizes.join(",")}], strides [${strides.join(",")}]`,
      notes: [`operand is ${formatType(x)}`],
      hint: "every start + (size - 1) · stride must be a position of its axis, and no stride 0",
    });
  },
  sources: (at, { starts, strides }, ix) => [
    { operand: 0, at: at.map((i, axis) => ix.add(ix.mul(i, strides[axis]!), starts[axis]!)) },
  ],
  vjp: ({ x }, { ct, attrs }) => ({ x: unslice(ct, x.shape, attrs) }),
  batch: ({ x }, { attrs: { starts, sizes, strides }, size }) =>
    slice(x, { starts: [0, ...starts], sizes: [size, ...sizes], strides: [1, ...strides] }),
  samples: [
    { operands: [{ shape: [5] }], attrs: { starts: [1], sizes: [3], strides: [1] } },
    { operands: [{ shape: [4, 7] }], attrs: { starts: [3, 1], sizes: [2, 3], strides: [-2, 2] } },
    { operands: [{ shape: [3, 4] }], attrs: { starts: [2, 3], sizes: [3, 4], strides: [-1, -1] } },
    { operands: [{ shape: [3] }], attrs: { starts: [0], sizes: [0], strides: [1] } },
    { operands: [{ shape: [] }], attrs: { starts: [], sizes: [], strides: [] } },
  ],
});

function sliceFits(size: number, start: number, count: number, stride: number): boolean {
  if (![start, count, stride].every(Number.isInteger) || stride === 0 || count < 0) return false;
  if (count === 0) return true;
  const last = start + (count - 1) * stride;
  return start >= 0 && start < size && last >= 0 && last < size;
}

/** Puts the elements of a slice back where they came from, among zeros. */
function unslice(ct: ValueLike, shape: Shape, { starts, sizes, strides }: SliceAttrs): ValueLike {
  const backwards = [...strides.keys()].filter((axis) => strides[axis]! < 0);
  const low = shape.map((_, axis) => {
    if (sizes[axis] === 0) return 0;
    return starts[axis]! + Math.min(0, (sizes[axis]! - 1) * strides[axis]!);
  });
  const interior = strides.map((stride) => Math.abs(stride) - 1);
  const high = shape.map((size, axis) => size - low[axis]! - spacedSize(sizes[axis]!, interior[axis]!));
  const forwards = backwards.length > 0 ? flip(ct, { axes: backwards }) : ct;
  return pad(forwards, { low, high, interior, value: 0 });
}

type PadAttrs = {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Values put between neighbours; an empty list puts none anywhere. */
  readonly interior: readonly number[];
  readonly value: number;
};

/** `x` with `low[i]` values before axis `i`, `high[i]` after it and `interior[i]` between neighbours. */
export const pad: UnaryMovement<PadAttrs> = defineOp({
  kind: "movement",
  name: "pad",
  summary: "x with values put around and between its elements",
  operands: ["x"],
  defaults: { interior: [], value: 0 },
  infer([x], { low, high, interior }) {
    const rank = x.shape.length;
    const fits =
      low.length === rank &&
      high.length === rank &&
      (interior.length === 0 || interior.length === rank) &&
      [...low, ...high, ...interior].every((count) => Number.isInteger(count) && count >= 0);
    if (fits) {
      const spaced = x.shape.map((size, axis) => spacedSize(size, interior[axis] ?? 0));
      return { dtype: x.dtype, shape: spaced.map((size, axis) => low[axis]! + size + high[axis]!) };
    }
    throw new WeftError({
      code: "W2016",
      message: `pad needs ${rank} counts from 0 up in each list, got low [${low.join(",")}], high [${high.join(",")}], interior [${interior.join(",")}]`,
      notes: [`operand is ${formatType(x)}`],
      hint: "to cut elements off, slice",
    });
  },
  sources: (at, attrs, ix, [x], out) => [padSource(at, attrs, ix, x!.shape, out.shape)],
  fill: ({ value }) => value,
  vjp: ({ x }, { ct, attrs: { low, interior } }) => ({
    x: slice(ct, { starts: low, sizes: x.shape, strides: low.map((_, axis) => (interior[axis] ?? 0) + 1) }),
  }),
  batch: ({ x }, { attrs: { low, high, interior, value } }) =>
    pad(x, {
      low: [0, ...low],
      high: [0, ...high],
      interior: interior.length > 0 ? [0, ...interior] : [],
      value,
    }),
  samples: [
    { operands: [{ shape: [3] }], attrs: { low: [2], high: [1], interior: [], value: 0 } },
    { operands: [{ shape: [2, 3] }], attrs: { low: [0, 1], high: [1, 0], interior: [2, 1], value: -1.5 } },
    { operands: [{ shape: [0, 2] }], attrs: { low: [1, 0], high: [1, 0], interior: [3, 0], value: 7 } },
    { operands: [{ shape: [] }], attrs: { low: [], high: [], interior: [], value: 0 } },
  ],
});

function spacedSize(size: number, interior: number): number {
  return size === 0 ? 0 : size + (size - 1) * interior;
}

function padSource<I>(
  at: readonly I[],
  { low, interior }: PadAttrs,
  ix: IndexOps<I>,
  shape: Shape,
  padded: Shape,
): MovementSource<I> {
  const when: { value: I; from: number; below: number }[] = [];
  const source = at.map((i, axis) => {
    const gap = interior[axis] ?? 0;
    const below = spacedSize(shape[axis]!, gap);
    const inside = ix.sub(i, low[axis]!);
    if (below !== padded[axis]) when.push({ value: inside, from: 0, below });
    if (gap === 0) return inside;
    when.push({ value: ix.mod(inside, gap + 1), from: 0, below: 1 });
    return ix.floorDiv(inside, gap + 1);
  });
  return { operand: 0, at: source, when };
}

/** The operands one after another along `axis`; at least one, all of one dtype. */
export const concat: VariadicMovement<{ readonly axis: number }> = defineOp({
  kind: "movement",
  name: "concat",
  summary: "the operands one after another along an axis",
  operands: "variadic",
  infer(types, { axis }) {
    const [first, ...rest] = types;
    const fits =
      first !== undefined &&
      axis in first.shape &&
      rest.every(
        (type) =>
          type.dtype === first.dtype && sameShape(without(axis, type.shape), without(axis, first.shape)),
      );
    if (fits) {
      const size = types.reduce((total, type) => total + type.shape[axis]!, 0);
      return { dtype: first.dtype, shape: first.shape.with(axis, size) };
    }
    throw new WeftError({
      code: "W2017",
      message: `concat along axis ${axis} needs tensors of one dtype that differ along that axis only, got ${types.map(formatType).join(", ") || "none"}`,
      hint: "bring the other axes to equal sizes with slice, pad or broadcastTo",
    });
  },
  sources(at, { axis }, ix, inputs) {
    let offset = 0;
    return inputs.map(({ shape }, operand) => {
      const along = ix.sub(at[axis]!, offset);
      offset += shape[axis]!;
      const when = [{ value: along, from: 0, below: shape[axis]! }];
      return { operand, at: at.with(axis, along), when };
    });
  },
  vjp(inputs, { ct, attrs: { axis }, needs }) {
    let offset = 0;
    return inputs.map(({ shape }, k) => {
      const starts = shape.map(() => 0).with(axis, offset);
      offset += shape[axis]!;
      return needs[k] ? slice(ct, { starts, sizes: shape, strides: shape.map(() => 1) }) : undefined;
    });
  },
  batch: (inputs, { attrs: { axis }, batched, size }) =>
    concat(
      inputs.map((x, k) => (batched[k] ? x : lift(x, size))),
      { axis: axis + 1 },
    ),
  samples: [
    { operands: [{ shape: [2] }, { shape: [3] }], attrs: { axis: 0 } },
    { operands: [{ shape: [2, 2] }, { shape: [2, 1] }, { shape: [2, 3] }], attrs: { axis: 1 } },
    { operands: [{ shape: [2, 3] }], attrs: { axis: 0 } },
    { operands: [{ shape: [0, 2] }, { shape: [1, 2] }], attrs: { axis: 0 } },
  ],
});

/** A shape without one axis; as a list of sizes with 0 in its place, so that ranks still tell apart. */
function without(axis: number, shape: Shape): Shape {
  return axis in shape ? shape.with(axis, 0) : shape;
}
