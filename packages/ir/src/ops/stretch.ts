import { WeftError } from "../errors.js";
import type { Reduction, UnaryMovement } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import {
  broadcastShapes,
  elementCount,
  formatType,
  NUMBERS,
  type Operand,
  sameShape,
  type Shape,
  type ValueLike,
} from "../types.js";

// Each of these three appears in another's gradient, hence one file.

/** The same elements, in row-major order, under another shape of as many elements. */
export const reshape: UnaryMovement<{ readonly shape: Shape }> = defineOp({
  kind: "movement",
  name: "reshape",
  summary: "the same elements under another shape",
  operands: ["x"],
  infer([x], { shape }) {
    const isShape = shape.every((size) => Number.isInteger(size) && size >= 0);
    if (isShape && elementCount(shape) === elementCount(x.shape)) return { dtype: x.dtype, shape };
    throw new WeftError({
      code: "W2010",
      message: `reshape needs a shape of ${elementCount(x.shape)} elements, got [${shape.join(",")}]`,
      notes: [`operand is ${formatType(x)}`],
      hint: "the product of the sizes must stay the same",
    });
  },
  sources: (at, _, ix, [x], out) => [{ operand: 0, at: ix.reshape(at, out.shape, x!.shape) }],
  vjp: ({ x }, { ct }) => ({ x: reshape(ct, { shape: x.shape }) }),
  batch: ({ x }, { attrs, size }) => reshape(x, { shape: [size, ...attrs.shape] }),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { shape: [3, 2] } },
    { operands: [{ shape: [2, 3, 4] }], attrs: { shape: [6, 1, 4] } },
    { operands: [{ shape: [1] }], attrs: { shape: [] } },
    { operands: [{ shape: [] }], attrs: { shape: [1, 1] } },
    { operands: [{ shape: [0, 3] }], attrs: { shape: [5, 0] } },
  ],
});

/** Repeats `x` along new leading axes and along axes of size 1, by NumPy's rule. */
export const broadcastTo: UnaryMovement<{ readonly shape: Shape }> = defineOp({
  kind: "movement",
  name: "broadcastTo",
  summary: "x repeated along new axes and axes of size 1",
  operands: ["x"],
  infer([x], { shape }) {
    const isShape = shape.every((size) => Number.isInteger(size) && size >= 0);
    const common = broadcastShapes(x.shape, shape);
    if (isShape && common && sameShape(common, shape)) return { dtype: x.dtype, shape };
    throw new WeftError({
      code: "W2013",
      message: `broadcastTo cannot stretch [${x.shape.join(",")}] to [${shape.join(",")}]`,
      notes: [`operand is ${formatType(x)}`],
      hint: "sizes are compared from the last axis; only a size of 1 stretches",
    });
  },
  sources(at, _, ix, [x], out) {
    const added = out.shape.length - x!.shape.length;
    return [
      { operand: 0, at: x!.shape.map((size, axis) => (size === 1 ? ix.literal(0) : at[added + axis]!)) },
    ];
  },
  vjp: ({ x }, { ct }) => ({ x: sumTo(ct, x.shape) }),
  batch({ x }, { attrs: { shape }, size }) {
    const [, ...sizes] = x.shape;
    const aligned = [size, ...Array<number>(shape.length - sizes.length).fill(1), ...sizes];
    return broadcastTo(reshape(x, { shape: aligned }), { shape: [size, ...shape] });
  },
  samples: [
    { operands: [{ shape: [3] }], attrs: { shape: [2, 3] } },
    { operands: [{ shape: [2, 1] }], attrs: { shape: [4, 2, 3] } },
    { operands: [{ shape: [] }], attrs: { shape: [2, 2] } },
    { operands: [{ shape: [1, 3] }], attrs: { shape: [0, 3] } },
    { operands: [{ shape: [1] }], attrs: { shape: [1, 1] } },
  ],
});

/** The sum along `axes`, which vanish; 0 of no elements. Bools are counted. */
export const sum: Reduction = defineOp({
  kind: "reduce",
  name: "sum",
  summary: "the sum along axes",
  operands: ["x"],
  accepts: NUMBERS,
  identity: () => 0,
  combine: (a, b, s) => s.add(a, b),
  vjp: ({ x }, { ct, attrs }) => ({ x: spread(ct, attrs.axes, x.shape) }),
  jvp: (_, { x }, { attrs }) => x && sum(x, attrs),
  samples: [
    { operands: [{ shape: [2, 3] }], attrs: { axes: [1] } },
    { operands: [{ shape: [2, 3, 4] }], attrs: { axes: [0, 2] } },
    { operands: [{ shape: [2, 3] }], attrs: { axes: [0, 1] } },
    { operands: [{ shape: [2, 1] }], attrs: { axes: [] } },
    { operands: [{ shape: [] }], attrs: { axes: [] } },
    { operands: [{ shape: [2, 0] }], attrs: { axes: [1] } },
  ],
});

/** A reduction's result (or its cotangent) at every element that went into it. */
export function spread(reduced: Operand, axes: readonly number[], shape: Shape): ValueLike {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return broadcastTo(reshape(reduced, { shape: kept }), { shape });
}

/** The adjoint of stretching `shape` to that of `ct`: sums over the axes along which it was repeated. */
export function sumTo(ct: ValueLike, shape: Shape): ValueLike {
  const added = ct.shape.length - shape.length;
  const axes = [...ct.shape.keys()].filter(
    (axis) => axis < added || (shape[axis - added] === 1 && ct.shape[axis] !== 1),
  );
  const summed = axes.length > 0 ? sum(ct, { axes }) : ct;
  return sameShape(summed.shape, shape) ? summed : reshape(summed, { shape });
}
