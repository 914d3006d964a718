import * as ir from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { type Binary, binary, given, type Numeric, type Unary, unary } from "./numeric.js";

/** The bits that both integers have. @throws W2005 for floats. */
export const bitwiseAnd: Binary = binary(ir.bitwiseAnd);

/** The bits that at least one of the integers has. */
export const bitwiseOr: Binary = binary(ir.bitwiseOr);

/** The bits that exactly one of the integers has. */
export const bitwiseXor: Binary = binary(ir.bitwiseXor);

/** Every bit turned round. */
export const bitwiseNot: Unary = unary(ir.bitwiseNot);

/** `a` with its bits moved up by `b` modulo 32. */
export const leftShift: Binary = binary(ir.leftShift);

/** `a` with its bits moved down by `b` modulo 32; int32 keeps its sign, uint32 takes zeros. */
export const rightShift: Binary = binary(ir.rightShift);

/** The same 32 bits read as float32, int32 or uint32. Not differentiable. */
export function bitcast(x: Numeric, dtype: "float32" | "int32" | "uint32"): Tensor {
  return given(ir.bitcast(x, { dtype }));
}
