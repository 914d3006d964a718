import type { WeftError } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { userError } from "./user-error.js";

/** A trace that operands are for. */
export interface OperandUser {
  /** Whether it can use a tensor that has no content. */
  takes(tensor: Tensor): boolean;
}

/**
 * An operand as a trace can take it: a number, or a tensor that belongs to the trace or has content. A tensor
 * of another trace is given its content here; one that is gone throws.
 */
export function usableOperand(
  name: string,
  operand: unknown,
  position: number,
  user: OperandUser | null,
): Tensor | number {
  if (typeof operand === "number") return operand;
  if (typeof operand === "boolean") return Number(operand);
  if (!(operand instanceof Tensor)) throw notAnOperand(name, operand, position);
  if (operand.storage === null && !user?.takes(operand)) operand.content();
  return operand;
}

function notAnOperand(name: string, operand: unknown, position: number): WeftError {
  return userError({
    code: "W1002",
    message: `${name} takes tensors and numbers, operand ${position} is ${describe(operand)}`,
    hint: Array.isArray(operand) ? "make it a tensor first: tensor([…])" : "check what is passed",
  });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 20))}`;
  if (value instanceof Promise) return "a promise: await it first";
  return typeof value === "object"
    ? `an object (${value.constructor?.name ?? "no class"})`
    : `a ${typeof value}`;
}
