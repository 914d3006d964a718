import { constant } from "../ops/source.js";
import type { TensorType, ValueLike } from "../types.js";

/** Zeros of this type, on the recorder in force. */
export function zerosLike({ dtype, shape }: TensorType): ValueLike {
  return constant({ value: 0, dtype, shape });
}
