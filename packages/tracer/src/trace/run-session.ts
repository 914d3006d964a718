import { currentRecorder } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { visitTensors } from "../tree/visit.js";
import { Call, type CallOptions } from "./call.js";
import { Session } from "./session.js";
import type { TraceTree } from "./trace-tree.js";
import { waitingCalls } from "./waiting-calls.js";

/**
 * Runs a transformed function for these arguments: in line where a trace is running that it belongs to, else as a
 * trace of its own, whose computation is queued at the end. A function that gives a promise is traced on, through its
 * reads, until the promise is settled; so is the promise that this gives.
 */
export function runTraced<T>(
  tree: TraceTree | (() => TraceTree),
  args: unknown,
  body: () => T,
  options: CallOptions,
): T {
  if (!isOutermost()) return body();
  const inside = waitingCalls.size > 0 ? callOf(args) : null;
  if (inside) return inside.runInside(body);
  return runSession(new Session(typeof tree === "function" ? tree() : tree), body, options);
}

/** Runs `body` with its op calls going to the session, then queues the computation. */
export function runSession<T>(session: Session, body: () => T, options: CallOptions): T {
  return new Call(session, options).run(body);
}

/** Whether a call made now is the outermost one, and thus a trace of its own. */
export function isOutermost(): boolean {
  // Marked by the eager recorder alone; a graph that is being built, like a session, takes calls in line.
  return (currentRecorder() as { isEager?: boolean }).isEager === true;
}

/**
 * The call that waits and has made a tensor in the tree, if any: its code has come here from elsewhere, a timer or a
 * fetch, where no window of it is open. A tensor of a differentiated function decides.
 */
export function callOf(tree: unknown): Call | null {
  let found: Tensor | null = null;
  visitTensors(tree, (tensor) => {
    if (tensor.storage !== null || !(tensor.origin instanceof Session) || !tensor.origin.isOpen) return;
    if (found === null || found.level === null) found = tensor;
  });
  const origin = (found as Tensor | null)?.origin;
  return origin instanceof Session ? origin.call : null;
}
