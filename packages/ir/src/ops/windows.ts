import { WeftError } from "../errors.js";
import type { IndexRange } from "../index-ops.js";
import type { UnaryMovement } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { formatType, type Shape, type TensorType } from "../types.js";

// Windows over n spatial axes, as movement: convolution reads them through the index map of a matrix product, pooling
// through that of a reduction, and no window is ever written to memory. Each of the two ops is the other's gradient.

type WindowAttrs = {
  /** Steps between the first elements of neighbouring windows, one for each spatial axis: they say how many there are. */
  readonly stride: readonly number[];
  /** Steps between neighbouring elements of one window. */
  readonly dilation: readonly number[];
  /** Elements of padding in front. Those behind follow from `sizes`. */
  readonly low: readonly number[];
  /** The last axes of the result. */
  readonly sizes: Shape;
};

/**
 * `x: [..., window..., spatial...]` gives `[..., window..., sizes...]`: element `w` of window `i` is
 * `x[..., w, i · stride + w · dilation - low]`, `value` outside of `x`. Before it, `x` is mostly broadcast along the
 * window's axes, so that the gradient sums over them by itself.
 */
export const windows: UnaryMovement<WindowAttrs & { readonly value: number }> = defineOp({
  kind: "movement",
  name: "windows",
  summary: "an element of each window, for all elements and windows",
  operands: ["x"],
  defaults: { value: 0 },
  infer: ([x], attrs) => resized("windows", x, attrs),
  sources(at, { stride, dilation, low }, ix, [x]) {
    const first = at.length - stride.length;
    const when: IndexRange<(typeof at)[number]>[] = [];
    const spatial = stride.map((step, k) => {
      const element = ix.mul(at[first - stride.length + k]!, dilation[k]!);
      const value = ix.sub(ix.add(ix.mul(at[first + k]!, step), element), low[k]!);
      when.push({ value, from: 0, below: x!.shape[first + k]! });
      return value;
    });
    return [{ operand: 0, at: [...at.slice(0, first), ...spatial], when }];
  },
  fill: ({ value }) => value,
  vjp: ({ x }, { ct, attrs: { stride, dilation, low } }) => ({
    x: unwindows(ct, { stride, dilation, low, sizes: x.shape.slice(x.shape.length - stride.length) }),
  }),
  batch: ({ x }, { attrs }) => windows(x, attrs),
  samples: [
    { operands: [{ shape: [3, 5] }], attrs: { stride: [1], dilation: [1], low: [0], sizes: [3], value: 0 } },
    {
      operands: [{ shape: [2, 2, 4] }],
      attrs: { stride: [3], dilation: [2], low: [1], sizes: [2], value: 7 },
    },
    {
      operands: [{ shape: [2, 3, 4, 3] }],
      attrs: { stride: [2, 1], dilation: [1, 2], low: [1, 2], sizes: [3, 3], value: -Infinity },
    },
    { operands: [{ shape: [2, 0] }], attrs: { stride: [1], dilation: [1], low: [1], sizes: [2], value: 0 } },
    { operands: [{ shape: [] }], attrs: { stride: [], dilation: [], low: [], sizes: [], value: 0 } },
  ],
});

/**
 * The adjoint of `windows`: puts `x: [..., window..., count...]` back to where its elements came from in
 * `[..., window..., sizes...]`, among zeros.
 */
export const unwindows: UnaryMovement<WindowAttrs> = defineOp({
  kind: "movement",
  name: "unwindows",
  summary: "the elements of windows where they came from, among zeros",
  operands: ["x"],
  infer: ([x], attrs) => resized("unwindows", x, attrs),
  sources(at, { stride, dilation, low }, ix, [x]) {
    const first = at.length - stride.length;
    const when: IndexRange<(typeof at)[number]>[] = [];
    const spatial = stride.map((step, k) => {
      const element = ix.mul(at[first - stride.length + k]!, dilation[k]!);
      const moved = ix.sub(ix.add(at[first + k]!, low[k]!), element);
      when.push({ value: moved, from: 0, below: (x!.shape[first + k]! - 1) * step + 1 });
      when.push({ value: ix.mod(moved, step), from: 0, below: 1 });
      return ix.floorDiv(moved, step);
    });
    return [{ operand: 0, at: [...at.slice(0, first), ...spatial], when }];
  },
  vjp: ({ x }, { ct, attrs: { stride, dilation, low } }) => ({
    x: windows(ct, {
      stride,
      dilation,
      low,
      sizes: x.shape.slice(x.shape.length - stride.length),
      value: 0,
    }),
  }),
  batch: ({ x }, { attrs }) => unwindows(x, attrs),
  samples: [
    { operands: [{ shape: [3, 3] }], attrs: { stride: [1], dilation: [1], low: [0], sizes: [5] } },
    { operands: [{ shape: [2, 2, 2] }], attrs: { stride: [3], dilation: [2], low: [1], sizes: [4] } },
    {
      operands: [{ shape: [2, 3, 3, 3] }],
      attrs: { stride: [2, 1], dilation: [1, 2], low: [1, 2], sizes: [4, 3] },
    },
    { operands: [{ shape: [2, 0] }], attrs: { stride: [1], dilation: [1], low: [1], sizes: [2] } },
    { operands: [{ shape: [] }], attrs: { stride: [], dilation: [], low: [], sizes: [] } },
  ],
});

function resized(name: string, x: TensorType, attrs: WindowAttrs): TensorType {
  const { stride, dilation, low, sizes } = attrs;
  const count = stride.length;
  const areWhole = (list: readonly number[], least: number): boolean =>
    list.length === count && list.every((entry) => Number.isInteger(entry) && entry >= least);
  const fits =
    x.shape.length >= 2 * count &&
    areWhole(stride, 1) &&
    areWhole(dilation, 1) &&
    areWhole(low, 0) &&
    areWhole(sizes, 0);
  if (fits) return { dtype: x.dtype, shape: [...x.shape.slice(0, x.shape.length - count), ...sizes] };
  throw new WeftError({
    code: "W2020",
    message: `${name} needs a stride, a dilation, a padding and a size for each spatial axis, got [${stride.join(",")}], [${dilation.join(",")}], [${low.join(",")}] and [${sizes.join(",")}]`,
    notes: [`operand is ${formatType(x)}`],
    hint: "strides and dilations from 1 up; the operand has as many window axes in front of its spatial axes",
  });
}
