import * as ir from "@weftjs/ir";
import { type Unary, unary } from "./numeric.js";

/** `eˣ`. */
export const exp: Unary = unary(ir.exp);

/** `2ˣ`. */
export const exp2: Unary = unary(ir.exp2);

/** `eˣ - 1`, exact near 0. */
export const expm1: Unary = unary(ir.expm1);

/** The natural logarithm; NaN below 0, -∞ at 0. */
export const log: Unary = unary(ir.log);

/** The logarithm to base 2. */
export const log2: Unary = unary(ir.log2);

/** `ln(1 + x)`, exact near 0. */
export const log1p: Unary = unary(ir.log1p);

/** The square root; NaN below 0. */
export const sqrt: Unary = unary(ir.sqrt);

/** `1 / √x`. */
export const rsqrt: Unary = unary(ir.rsqrt);

/** The cube root, of negative numbers too. */
export const cbrt: Unary = unary(ir.cbrt);
