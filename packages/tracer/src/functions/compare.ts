import * as ir from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { type Binary, binary, given, type Numeric, type Unary, unary } from "./numeric.js";

/** Whether `a = b`; NaN equals nothing. */
export const equal: Binary = binary(ir.equal);

/** Whether `a ≠ b`. */
export const notEqual: Binary = binary(ir.notEqual);

/** Whether `a < b`. */
export const less: Binary = binary(ir.less);

/** Whether `a ≤ b`. */
export const lessEqual: Binary = binary(ir.lessEqual);

/** Whether `a > b`. */
export const greater: Binary = binary(ir.greater);

/** Whether `a ≥ b`. */
export const greaterEqual: Binary = binary(ir.greaterEqual);

/** Whether both hold; what is no bool holds where it is not 0. */
export const logicalAnd: Binary = binary(ir.logicalAnd);

/** Whether at least one holds. */
export const logicalOr: Binary = binary(ir.logicalOr);

/** Whether exactly one holds. */
export const logicalXor: Binary = binary(ir.logicalXor);

/** Whether each element is 0 or false. */
export const logicalNot: Unary = unary(ir.logicalNot);

/** Whether each element is NaN. */
export const isNaN: Unary = unary(ir.isNaN);

/** Whether each element is neither infinite nor NaN. */
export const isFinite: Unary = unary(ir.isFinite);

/** `a` where the condition holds, else `b`; shapes broadcast. What is not chosen has gradient 0, whatever its value. */
export function where(condition: Numeric | boolean, a: Numeric, b: Numeric): Tensor {
  return given(ir.where(typeof condition === "boolean" ? Number(condition) : condition, a, b));
}
