import {
  type Attrs,
  completeAttrs,
  inferCall,
  isFloat,
  type Op,
  type TensorType,
  WeftError,
} from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import type { Block } from "./trace-node.js";

/** Which differentiated or batched functions a step depends on. */
export interface StepLevels {
  /** The innermost; null for none: such a value is an ordinary tensor after the call. */
  readonly level: Block | null;
  /** The depths of all of them, one bit each. */
  readonly depths: number;
}

/** What is worked out once for a step and holds at every replay. */
export interface StepType extends Partial<StepLevels> {
  /** The types the operands are brought to; numbers adopt the dtype. */
  readonly operandTypes: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly givesList: boolean;
  /** Whether a whole number in place of a fraction would lead to other types. */
  readonly dependsOnWhole: boolean;
  readonly opens?: Block;
}

/** The type rule of an op call, with Tensors for operands. */
export function describeOp(op: Op, operands: readonly (Tensor | number)[], attrs: Attrs): StepType {
  const types = operands.map((operand) => (typeof operand === "number" ? operand : operand.type));
  const call = inferCall(op, types, completeAttrs(op.defaults, attrs));
  return {
    operandTypes: call.operands,
    outputs: call.outputs,
    givesList: op.kind === "region" || op.kind === "loop" || call.outputs.length > 1,
    dependsOnWhole: op.kind !== "pointwise" || !operands.some(isFloatTensor),
  };
}

function isFloatTensor(operand: Tensor | number): boolean {
  return typeof operand !== "number" && isFloat(operand.dtype);
}

/** @throws W1003 an operand belongs to a differentiated or batched function that has returned. */
export function stepLevels(
  name: string,
  operands: readonly (Tensor | number)[],
  openBlocks: readonly Block[],
): StepLevels {
  let level: Block | null = null;
  let depths = 0;
  for (const operand of operands) {
    if (typeof operand === "number" || operand.level === null) continue;
    if (!openBlocks.includes(operand.level)) throw usedOutsideItsLevel(name);
    depths |= 1 << operand.level.depth;
    if (level === null || operand.level.depth > level.depth) level = operand.level;
  }
  return within(innermostBranch(openBlocks), { level, depths });
}

/** The branch that is being run, if any, that is not deeper than `below`. */
export function innermostBranch(openBlocks: readonly Block[], below: number = Infinity): Block | undefined {
  return openBlocks.findLast(({ ownsAll, depth }) => ownsAll && depth < below);
}

/** What is computed in a branch belongs to it. */
export function within(branch: Block | undefined, { level, depths }: StepLevels): StepLevels {
  if (!branch) return { level, depths };
  const isInner = level !== null && level.depth >= branch.depth;
  return { level: isInner ? level : branch, depths: depths | (1 << branch.depth) };
}

/** The value exists only while a function is being differentiated or batched. */
export function usedOutsideItsLevel(name?: string): WeftError {
  return new WeftError({
    code: "W1003",
    message:
      "a value from inside a differentiated or batched function, a branch or a loop was used after that had ended",
    notes: name ? [`${name} uses it`] : [],
    hint: "return it (from grad through hasAux), or compute it from values that do not depend on the argument",
  });
}
