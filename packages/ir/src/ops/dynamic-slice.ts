import { WeftError } from "../errors.js";
import type { MovementSource } from "../index-ops.js";
import { defineOp, type SampleOperand, type VariadicMovement } from "../op.js";
import { formatType, type Shape, type TensorType } from "../types.js";

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
      at.map((i, axis) => ix.add(i, ix.operand(axis + 1))),
      x!.shape,
    ),
  ],
  vjp: ([x, ...starts], { ct }) => [dynamicPad([ct, ...starts], { shape: x!.shape })],
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
      at.map((i, axis) => ix.sub(i, ix.operand(axis + 1))),
      x!.shape,
    ),
  ],
  vjp: ([x, ...starts], { ct }) => [dynamicSlice([ct, ...starts], { sizes: x!.shape })],
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
