import type { DType } from "../types.js";
import { roundHalfEven } from "./special-functions.js";

/**
 * `float64`: floats are never rounded; the oracle. `storage`: each op's result is rounded to its dtype, as if it
 * had been written to memory.
 */
export type Precision = "float64" | "storage";

/** Rounds in place to what an element of this dtype can hold. */
export function roundToStorage(data: Float64Array, dtype: DType): void {
  if (dtype === "float32") for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]!);
  if (dtype === "float16") for (let i = 0; i < data.length; i++) data[i] = roundToFloat16(data[i]!);
}

/** The nearest IEEE 754 binary16 number: 11 bits of precision, least exponent -14, greatest value 65504. */
export function roundToFloat16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
  const unit = 2 ** (exponent - 10);
  const rounded = roundHalfEven(x / unit) * unit;
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Infinity : rounded;
}
