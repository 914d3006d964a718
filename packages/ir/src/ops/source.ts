import { WeftError } from "../errors.js";
import type { Source } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { type DType, formatType, type Shape, type TensorType } from "../types.js";

/** A tensor whose elements all have one value. */
export const constant: Source<{
  readonly value: number;
  readonly dtype: DType;
  readonly shape: Shape;
}> = defineOp({
  kind: "source",
  name: "constant",
  summary: "one value everywhere",
  infer: ({ dtype, shape }) => checkedType("constant", { dtype, shape }),
  element: (_, { value, dtype }, s) => s.literal(value, dtype),
  samples: [
    { operands: [], attrs: { value: 1.5, dtype: "float32", shape: [2, 3] } },
    { operands: [], attrs: { value: -1, dtype: "int32", shape: [] } },
    { operands: [], attrs: { value: 1, dtype: "bool", shape: [0, 2] } },
  ],
});

/** Each element is its own position along `axis`: 0, 1, 2, … */
export const iota: Source<{
  readonly dtype: DType;
  readonly shape: Shape;
  readonly axis: number;
}> = defineOp({
  kind: "source",
  name: "iota",
  summary: "the position along an axis",
  infer({ dtype, shape, axis }) {
    if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) {
      return checkedType("iota", { dtype, shape });
    }
    throw new WeftError({
      code: "W2011",
      message: `iota needs an axis of its shape, got ${axis}`,
      notes: [`result is to be ${formatType({ dtype, shape })}`],
      hint: shape.length === 0 ? "a scalar has no axes" : `axes go from 0 to ${shape.length - 1}`,
    });
  },
  element: (at, { axis }, _, toScalar) => toScalar(at[axis]!),
  samples: [
    { operands: [], attrs: { dtype: "int32", shape: [5], axis: 0 } },
    { operands: [], attrs: { dtype: "float32", shape: [2, 3], axis: 1 } },
    { operands: [], attrs: { dtype: "uint32", shape: [0], axis: 0 } },
  ],
});

function checkedType(name: string, type: TensorType): TensorType {
  if (type.shape.every((size) => Number.isInteger(size) && size >= 0)) return type;
  throw new WeftError({
    code: "W2010",
    message: `${name} needs a shape of whole numbers from 0 up, got [${type.shape.join(",")}]`,
    hint: "round the sizes first",
  });
}
