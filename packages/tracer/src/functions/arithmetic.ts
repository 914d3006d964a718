import * as ir from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { greaterEqual, lessEqual, where } from "./compare.js";
import { type Binary, binary, type Numeric, type Unary, unary } from "./numeric.js";

/** `a + b`. */
export const add: Binary = binary(ir.add);

/** `a - b`. */
export const subtract: Binary = binary(ir.subtract);

/** `a · b`, element by element. */
export const multiply: Binary = binary(ir.multiply);

/** `a / b`, the true quotient: integers become float32. */
export const divide: Binary = binary(ir.divide);

/** `aᵇ`: 0⁰ = 1; NaN for a negative base with a fractional exponent. */
export const power: Binary = binary(ir.power);

/** The remainder of `a / b` rounded down: it has the sign of `b`. */
export const mod: Binary = binary(ir.mod);

/** The larger of the two; NaN where either is NaN. At a tie each takes half of the gradient. */
export const maximum: Binary = binary(ir.maximum);

/** The smaller of the two; NaN where either is NaN. At a tie each takes half of the gradient. */
export const minimum: Binary = binary(ir.minimum);

/** `-x`. */
export const negative: Unary = unary(ir.negative);

/** `|x|`; its gradient at 0 is 0. */
export const abs: Unary = unary(ir.abs);

/** -1, 0 or 1; NaN stays NaN. */
export const sign: Unary = unary(ir.sign);

/** `x²`. */
export const square: Unary = unary(ir.square);

/** `1 / x`. */
export const reciprocal: Unary = unary(ir.reciprocal);

/** The largest whole number up to `x`. */
export const floor: Unary = unary(ir.floor);

/** The smallest whole number from `x` up. */
export const ceil: Unary = unary(ir.ceil);

/** The nearest whole number; halves go to the even one. */
export const round: Unary = unary(ir.round);

/** The whole part. */
export const trunc: Unary = unary(ir.trunc);

/** `a - b`. */
export const sub: Binary = binary(ir.subtract);
/** `a · b`, element by element. */
export const mul: Binary = binary(ir.multiply);
/** `a / b`, the true quotient. */
export const div: Binary = binary(ir.divide);
/** `aᵇ`. */
export const pow: Binary = binary(ir.power);
/** `-x`. */
export const neg: Unary = unary(ir.negative);

/** `x` kept from `min` to `max`; null for no bound. NaN stays NaN; at a bound the gradient is still that of `x`. */
export function clip(x: Numeric, min: Numeric | null, max: Numeric | null): Tensor {
  // The extremum alone would halve the gradient at the bound; it decides what lies beyond, and propagates NaN.
  const raised = min === null ? x : where(greaterEqual(x, min), x, maximum(x, min));
  const kept = max === null ? raised : where(lessEqual(raised, max), raised, minimum(raised, max));
  return typeof kept === "number" ? add(kept, 0) : kept;
}
