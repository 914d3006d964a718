import type { Op, Operand, WeftError } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import type { Call } from "./call.js";
import type { Session } from "./session.js";
import { isMark, type Mark } from "./trace-node.js";
import { userError } from "./user-error.js";

/** The call whose differentiated function an operand belongs to, where that is not the session's. @throws W1041 */
export function otherCall(session: Session, op: Op | Mark, operands: readonly Operand[]): Call | null {
  let other: Call | null = null;
  let isHere = false;
  for (const operand of operands) {
    if (!(operand instanceof Tensor) || operand.level === null) continue;
    const origin = operand.origin as Partial<Session> | null;
    if (origin === session) isHere = true;
    else if (origin?.isOpen && origin.call) other = origin.call;
  }
  if (other && (isHere || isMark(op))) throw ofTwoCalls(op.name);
  return other;
}

function ofTwoCalls(name: string): WeftError {
  return userError({
    code: "W1041",
    message: `${name} was given values of differentiated functions of two calls that are running`,
    notes: [
      "after an await of a timer, a fetch or the like, a call that has no tensor of the first is one of its own",
    ],
    hint: "pass the tensors that the inner function uses as its arguments",
  });
}
