import { currentRecorder, swapRecorder } from "@weftjs/ir";
import { finishCall, type NameInputs } from "./finish-call.js";
import { Session } from "./session.js";
import type { TraceTree } from "./trace-tree.js";
import { userError } from "./user-error.js";

/** Whether a call made now is the outermost one, and thus a trace of its own. */
export function isOutermost(): boolean {
  // Marked by the eager recorder alone; a graph that is being built, like a session, takes calls in line.
  return (currentRecorder() as { isEager?: boolean }).isEager === true;
}

/**
 * Runs `body` with its op calls traced, then queues the computation. An exception leaves the tree usable and the
 * recorder as it was.
 *
 * @throws W1005 if `body` returns a promise.
 */
export function runSession<T>(
  tree: TraceTree,
  body: () => T,
  nameInputs: NameInputs,
  session: Session = new Session(tree),
): T {
  const result = traceInto(session, body);
  try {
    finishCall(session, result, nameInputs);
  } finally {
    session.close();
  }
  return result;
}

/** Runs `body` with its op calls going to the session, and computes nothing. */
export function traceInto<T>(session: Session, body: () => T): T {
  const previous = swapRecorder(session);
  try {
    const result = body();
    if (isPromise(result)) throw asyncFunction(session.tree.name, result);
    return result;
  } catch (error) {
    session.close();
    throw error;
  } finally {
    swapRecorder(previous);
    session.placeSteps();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function asyncFunction(name: string, promise: PromiseLike<unknown>): Error {
  promise.then(undefined, () => undefined); // Its own failure, if any, is beside the point.
  return userError({
    code: "W1005",
    message: `${name} returned a promise: a traced function must be synchronous`,
    hint: "await outside: pass what was awaited as an argument, and read results after the call",
  });
}
