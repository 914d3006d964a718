import * as ir from "@weftjs/ir";
import type { DType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { given, type Numeric, type Unary, unary } from "./numeric.js";

/** The same values in another dtype; float to integer cuts towards zero, anything to bool asks whether it is not 0. */
export function astype(x: Numeric, dtype: DType): Tensor {
  return given(ir.astype(x, { dtype }));
}

/** `x`, of which differentiation sees only the value. */
export const stopGradient: Unary = unary(ir.stopGradient);
