import * as ir from "@weftjs/ir";
import { type Binary, binary, type Unary, unary } from "./numeric.js";

/** The angle of the point (b, a), in (-π, π]. */
export const arctan2: Binary = binary(ir.arctan2);

/** The sine; radians. */
export const sin: Unary = unary(ir.sin);

/** The cosine; radians. */
export const cos: Unary = unary(ir.cos);

/** The tangent; radians. */
export const tan: Unary = unary(ir.tan);

/** The inverse sine; NaN outside [-1, 1]. */
export const asin: Unary = unary(ir.asin);

/** The inverse cosine; NaN outside [-1, 1]. */
export const acos: Unary = unary(ir.acos);

/** The inverse tangent, in (-π/2, π/2). */
export const atan: Unary = unary(ir.atan);

/** The hyperbolic sine. */
export const sinh: Unary = unary(ir.sinh);

/** The hyperbolic cosine. */
export const cosh: Unary = unary(ir.cosh);

/** The hyperbolic tangent. */
export const tanh: Unary = unary(ir.tanh);

/** The inverse hyperbolic sine. */
export const asinh: Unary = unary(ir.asinh);

/** The inverse hyperbolic cosine; NaN below 1. */
export const acosh: Unary = unary(ir.acosh);

/** The inverse hyperbolic tangent; NaN outside [-1, 1]. */
export const atanh: Unary = unary(ir.atanh);

/** The error function. */
export const erf: Unary = unary(ir.erf);

/** `1 - erf(x)`, exact where that is small. */
export const erfc: Unary = unary(ir.erfc);

/** The inverse of `erf`; NaN outside [-1, 1]. */
export const erfinv: Unary = unary(ir.erfinv);
