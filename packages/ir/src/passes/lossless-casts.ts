import { type DType, isFloat } from "../types.js";

/** Dtypes that hold every value of the key, exactly. */
const HOLDERS: Record<DType, readonly DType[]> = {
  bool: ["bool", "int32", "uint32", "float16", "float32", "float64"],
  int32: ["int32", "float64"],
  uint32: ["uint32", "float64"],
  float16: ["float16", "float32", "float64"],
  float32: ["float32", "float64"],
  float64: ["float64"],
};

/** Whether `from → through → to` gives what `from → to` gives, for every value. */
export function isLossless(from: DType, through: DType, to: DType): boolean {
  if (!HOLDERS[from].includes(through)) return false;
  // Between integers a cast wraps round; from a float it stops at the ends of the range.
  const isWrapping = (from === "int32" && to === "uint32") || (from === "uint32" && to === "int32");
  return !(isWrapping && isFloat(through));
}
