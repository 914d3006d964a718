import type { Attrs } from "../attrs.js";
import { inferCall } from "../call-type.js";
import { WeftError } from "../errors.js";
import type { Value } from "../graph.js";
import type { Op } from "../op.js";
import { formatType, sameType, type TensorType } from "../types.js";

/** What is wrong with the types of a call, if anything: operands must come as the op's rule wants them. */
export function typeFault(
  op: Op,
  inputs: readonly Value[],
  attrs: Attrs,
  outputs: readonly TensorType[],
): string | undefined {
  let call;
  try {
    call = inferCall(
      op,
      inputs.map((input) => input.type),
      attrs,
    );
  } catch (error) {
    return error instanceof WeftError
      ? error.details.message
      : `${op.name} cannot be typed: ${String(error)}`;
  }
  for (const [k, type] of call.operands.entries()) {
    const given = inputs[k]!.type;
    if (!sameType(given, type))
      return `operand ${k} of ${op.name} must be ${formatType(type)}, it is ${formatType(given)}`;
  }
  const expected = call.outputs.map(formatType).join(", ");
  const said = outputs.map(formatType).join(", ");
  return expected === said ? undefined : `${op.name} gives ${expected}, not ${said}`;
}
