import { bug } from "../errors.js";
import { elementCount, formatType, type TensorType } from "../types.js";

/** A tensor in memory, row-major. Integers are whole numbers, bools 0 and 1, whatever the dtype: float64 holds all. */
export interface HostTensor {
  readonly type: TensorType;
  readonly data: Float64Array;
}

/** A tensor with these elements; a Float64Array is kept, not copied. */
export function hostTensor(type: TensorType, elements: ArrayLike<number>): HostTensor {
  if (elements.length !== elementCount(type.shape)) {
    throw bug(`${formatType(type)} was given ${elements.length} elements`);
  }
  return { type, data: elements instanceof Float64Array ? elements : Float64Array.from(elements) };
}
