import type { Value } from "../graph.js";
import { constant } from "../ops/source.js";
import type { TensorType, ValueLike } from "../types.js";
import { matchOp } from "./match-op.js";

/** The one value of all elements, where it is known. */
export function constantOf(value: Value): number | undefined {
  return matchOp(value, constant)?.attrs.value;
}

/** Whether all elements are known to be exactly this number; -0 is not 0. */
export function isConstant(value: Value, number: number): boolean {
  return Object.is(constantOf(value), number);
}

/** A tensor of one value, on the recorder in force. */
export function constantLike({ dtype, shape }: TensorType, value: number): ValueLike {
  return constant({ value, dtype, shape });
}
