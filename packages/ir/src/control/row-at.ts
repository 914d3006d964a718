import { dynamicSlice } from "../ops/dynamic-slice.js";
import { reshape } from "../ops/stretch.js";
import type { Operand, ValueLike } from "../types.js";

/** Row `position`, an int32 scalar, of a tensor. */
export function rowAt(x: ValueLike, position: Operand): ValueLike {
  const [, ...shape] = x.shape;
  const row = dynamicSlice([x, position, ...shape.map(() => 0)], { sizes: [1, ...shape] });
  return reshape(row, { shape });
}
