import { type DType, WeftError } from "@weftjs/ir";

export type Width = 1 | 4;

/**
 * A piece of WGSL: the text of an expression, its dtype and its lanes. The text may stand wherever WGSL wants a
 * primary expression. A bool is a WGSL `bool` here; only in memory is it a word.
 */
export interface WgslExpr {
  readonly text: string;
  readonly dtype: DType;
  readonly width: Width;
  /** Set where the text is a number known now: WGSL folds those itself, and refuses to make NaN or Inf. */
  readonly literal?: number;
}

const TYPES: Readonly<Record<Exclude<DType, "float64">, readonly [string, string]>> = {
  float32: ["f32", "vec4f"],
  float16: ["f16", "vec4h"],
  int32: ["i32", "vec4i"],
  uint32: ["u32", "vec4u"],
  bool: ["bool", "vec4<bool>"],
};

/** The WGSL type of a value in an expression. W3001 for float64, which no GPU takes. */
export function wgslType(dtype: DType, width: Width): string {
  if (dtype === "float64") {
    throw new WeftError({
      code: "W3001",
      message: "float64 does not exist in WGSL",
      hint: 'run this on the cpu device, or convert with astype("float32")',
    });
  }
  return TYPES[dtype][width === 1 ? 0 : 1];
}

/** The WGSL type of a value in a storage buffer, where a bool occupies one u32. */
export function memoryType(dtype: DType, width: Width): string {
  return wgslType(dtype === "bool" ? "uint32" : dtype, width);
}

/** What was read from a storage buffer, as an expression of its dtype. */
export function loadFromMemory(text: string, dtype: DType, width: Width): WgslExpr {
  if (dtype !== "bool") return { text, dtype, width };
  return { text: `(${text} != ${memoryType(dtype, width)}(0u))`, dtype, width };
}

/** The text to write to a storage buffer. */
export function storeToMemory(expr: WgslExpr): string {
  if (expr.dtype !== "bool") return expr.text;
  return `${memoryType("bool", expr.width)}(${expr.text})`;
}

/** The same value in every lane. */
export function splat(expr: WgslExpr, width: Width): WgslExpr {
  if (expr.width === width || width === 1) return expr;
  return { text: `${wgslType(expr.dtype, width)}(${expr.text})`, dtype: expr.dtype, width };
}

/** Whether a second mention costs nothing: a name, a member of one, a literal. */
export function isCheap(expr: WgslExpr): boolean {
  return /^[\w.]+$/.test(expr.text) || expr.literal !== undefined;
}
