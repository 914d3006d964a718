import { lift } from "../batching/lift.js";
import { WeftError } from "../errors.js";
import type { Value } from "../graph.js";
import type { MovementSource } from "../index-ops.js";
import type { SampleOperand } from "../op.js";
import type { VariadicMovement } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { formatType, type Operand, type Shape, type TensorType, type ValueLike } from "../types.js";
import { add, negative } from "./arithmetic.js";
import { less, where } from "./compare.js";
import { gatherAlong } from "./indexing.js";
import { iota } from "./source.js";
import { reshape } from "./stretch.js";

/**
 * `sizes` elements an axis, from starts that are known only at run time: `[x, start of axis 0, …]`, the starts
 * int32 scalars. What lies outside of `x` reads as 0.
 */
export const dynamicSlice: VariadicMovement<{ readonly sizes: Shape }> = defineOp({
  kind: "movement",
  name: "dynamicSlice",
  summary: "a window of x at starts known only at run time",
  operands: "variadic",
  infer(types, { sizes }) {
    const x = checkWindow("dynamicSlice", types, sizes);
    return { dtype: x.dtype, shape: sizes };
  },
  sources: (at, _, ix, [x]) => [
    inside(
      at.map((i, axis) => ix.add(i, ix.element(axis + 1, []))),
      x!.shape,
    ),
  ],
  vjp: ([x, ...starts], { ct }) => [dynamicPad([ct, ...starts], { shape: x!.shape })],
  batch(inputs, { attrs: { sizes }, batched, size }) {
    const { x, same, own } = splitStarts(inputs, batched, size);
    // Axes whose starts are the same for all calls are cut in one go, the others one by one.
    const first = sizes.map((count, axis) => (own[axis] ? x.shape[axis + 1]! : count));
    const cut = dynamicSlice([x, 0, ...same], { sizes: [size, ...first] });
    return own.reduce<ValueLike>(
      (part, start, axis) => (start ? shifted(part, axis + 1, sizes[axis]!, start) : part),
      cut,
    );
  },
  samples: [
    { operands: [{ shape: [5] }, start(1)], attrs: { sizes: [3] } },
    { operands: [{ shape: [3, 4] }, start(1), start(2)], attrs: { sizes: [2, 1] } },
    { operands: [{ shape: [3] }, start(-2)], attrs: { sizes: [3] } },
    { operands: [{ shape: [3] }, start(2)], attrs: { sizes: [0] } },
  ],
});

/** `x` at the given starts of a tensor of zeros: `[x, start of axis 0, …]`. What falls outside is lost. */
export const dynamicPad: VariadicMovement<{ readonly shape: Shape }> = defineOp({
  kind: "movement",
  name: "dynamicPad",
  summary: "x among zeros, at starts known only at run time",
  operands: "variadic",
  infer(types, { shape }) {
    const x = checkWindow("dynamicPad", types, shape);
    return { dtype: x.dtype, shape };
  },
  sources: (at, _, ix, [x]) => [
    inside(
      at.map((i, axis) => ix.sub(i, ix.element(axis + 1, []))),
      x!.shape,
    ),
  ],
  vjp: ([x, ...starts], { ct }) => [dynamicSlice([ct, ...starts], { sizes: x!.shape })],
  batch(inputs, { attrs: { shape }, batched, size }) {
    const { x, same, own } = splitStarts(inputs, batched, size);
    const first = shape.map((count, axis) => (own[axis] ? x.shape[axis + 1]! : count));
    const put = dynamicPad([x, 0, ...same], { shape: [size, ...first] });
    return own.reduce<ValueLike>(
      (part, start, axis) => (start ? shifted(part, axis + 1, shape[axis]!, negative(start)) : part),
      put,
    );
  },
  samples: [
    { operands: [{ shape: [2] }, start(1)], attrs: { shape: [5] } },
    { operands: [{ shape: [2, 1] }, start(1), start(2)], attrs: { shape: [3, 4] } },
    { operands: [{ shape: [3] }, start(-2)], attrs: { shape: [3] } },
    { operands: [{ shape: [0] }, start(0)], attrs: { shape: [2] } },
  ],
});

function inside<I>(at: readonly I[], shape: Shape): MovementSource<I> {
  const when = at.map((value, axis) => ({ value, from: 0, below: shape[axis]! }));
  return { operand: 0, at, when };
}

/** The starts that all calls share, 0 along the other axes; and the starts that differ, a vector an axis. */
function splitStarts(
  inputs: readonly Value[],
  batched: readonly boolean[],
  size: number,
): { x: ValueLike; same: readonly Operand[]; own: readonly (Value | undefined)[] } {
  const [x, ...starts] = inputs;
  return {
    x: batched[0] ? x! : lift(x!, size),
    same: starts.map((start, axis) => (batched[axis + 1] ? 0 : start)),
    own: starts.map((start, axis) => (batched[axis + 1] ? start : undefined)),
  };
}

/** Along `axis`, position `i` of `count` is what stands at `i + offset` in `x`, 0 outside; an offset a call. */
function shifted(x: ValueLike, axis: number, count: number, offset: ValueLike): ValueLike {
  const size = x.shape[axis]!;
  const shape = x.shape.with(axis, count);
  const column = reshape(offset, { shape: shape.map((length, k) => (k === 0 ? length : 1)) });
  const place = add(iota({ dtype: "int32", shape, axis }), column);
  // Negative indices would count from the end.
  return gatherAlong(x, where(less(place, 0), size, place), { axis, fill: 0 });
}

function checkWindow(name: string, types: readonly TensorType[], sizes: Shape): TensorType {
  const [x, ...starts] = types;
  const fits =
    x !== undefined &&
    starts.length === x.shape.length &&
    starts.every((type) => type.dtype === "int32" && type.shape.length === 0) &&
    sizes.length === x.shape.length &&
    sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (fits) return x;
  throw new WeftError({
    code: "W2018",
    message: `${name} needs a tensor, an int32 scalar for each of its axes and as many sizes, got ${types.map(formatType).join(", ")} and [${sizes.join(",")}]`,
    hint: 'starts are converted with astype(start, "int32")',
  });
}

function start(value: number): SampleOperand {
  return { dtype: "int32", shape: [], data: [value] };
}
