import type { DType } from "@weftjs/ir";

/** The dtype in which a number travels to the device: a 32-bit word (64 on the cpu device), converted on arrival. */
export function scalarDType(dtype: DType): DType {
  return dtype === "float16" || dtype === "bool" ? "float32" : dtype;
}
