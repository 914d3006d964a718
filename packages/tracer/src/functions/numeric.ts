import type { Operand, ValueLike } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";

/** What every op takes for each operand. A number adopts the dtype of the tensors it meets. */
export type Numeric = Tensor | number;

/** A function of one operand. */
export type Unary = (x: Numeric) => Tensor;
/** A function of two operands, of shapes that broadcast. */
export type Binary = (a: Numeric, b: Numeric) => Tensor;

/**
 * An op as the user sees it. Ops are declared for whatever a recorder hands out; while users' code runs, that is
 * Tensors: said here, once.
 */
export function unary(op: (x: Operand) => ValueLike): Unary {
  return op as Unary;
}

export function binary(op: (a: Operand, b: Operand) => ValueLike): Binary {
  return op as Binary;
}

/** What an op gave, as the Tensor that it is while users' code runs. */
export function given(value: ValueLike): Tensor {
  return value as Tensor;
}
