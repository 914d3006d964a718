import { type DType, isFloat } from "@weftjs/ir";
import { wgslType } from "./wgsl-expr.js";

/**
 * A number as WGSL of the dtype. NaN and the infinities do not compile as constants, and a constant
 * expression may not produce them either: they come from `weft_from_bits`, whose argument is no constant.
 */
export function literalText(value: number, dtype: DType): string {
  const type = wgslType(dtype, 1);
  switch (dtype) {
    case "bool":
      return value !== 0 ? "true" : "false";
    case "int32":
      return int32Text(literalValue(value, dtype));
    case "uint32":
      return `${literalValue(value, dtype)}u`;
    default:
      return floatText(literalValue(value, dtype), type);
  }
}

/** The value that the dtype holds of it; integers wrap. */
export function literalValue(value: number, dtype: DType): number {
  switch (dtype) {
    case "bool":
      return value !== 0 ? 1 : 0;
    case "int32":
      return value | 0;
    case "uint32":
      return value >>> 0;
    case "float16":
      // Past the halfway point to the next power of two, a number rounds to infinity.
      return Math.abs(value) >= 65520 ? Math.sign(value) * Infinity : value;
    default:
      return Math.fround(value);
  }
}

/** Whether a literal of this dtype needs the preamble's `weft_from_bits`. */
export function needsBits(value: number, dtype: DType): boolean {
  if (!isFloat(dtype)) return false;
  const held = literalValue(value, dtype);
  return !Number.isFinite(held) || Object.is(held, -0);
}

function int32Text(value: number): string {
  // There is no literal 2147483648i to negate.
  return value < 0 ? `i32(${value})` : `${value}i`;
}

function floatText(value: number, type: string): string {
  if (!Number.isFinite(value) || Object.is(value, -0)) {
    const fromBits = `weft_from_bits(0x${float32Bits(value).toString(16)}u)`;
    return type === "f16" ? `f16(${fromBits})` : fromBits;
  }
  const text = `${type === "f16" ? value : shortestFloat32(value)}${type === "f16" ? "h" : "f"}`;
  return value < 0 ? `(${text})` : text;
}

export function float32Bits(value: number): number {
  return new Uint32Array(new Float32Array([value]).buffer)[0]!;
}

/** The fewest digits that read back as the same float32. */
function shortestFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}
