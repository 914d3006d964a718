import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import type { Session } from "./session.js";
import { usedOutsideItsLevel } from "./step-type.js";
import { userError } from "./user-error.js";

/** @throws W1003, W1040 for a tensor of the session of which there is no content to read. */
export function checkReadable(session: Session, tensor: Tensor): void {
  const { level, type, id } = tensor;
  if (level === null) return;
  if (!session.openBlocks.includes(level)) throw usedOutsideItsLevel("read");
  const depths = session.producer(id).depths | (1 << level.depth);
  if (!session.openBlocks.some(({ depth, isOpaque }) => isOpaque && depths & (1 << depth))) return;
  throw userError({
    code: "W1040",
    message: `there is no one value to read here (${formatType(type)})`,
    notes: [
      "it differs between the elements that vmap runs the function for, belongs to a branch or a loop on the device, or is a stand-in in a backward rule",
    ],
    hint: "read it outside, or choose between values with where(condition, a, b)",
  });
}
