import type { Attrs } from "./attrs.js";
import { WeftError } from "./errors.js";
import type { Op } from "./op.js";
import type { Operand, ValueLike } from "./types.js";

/**
 * Whoever is told of op calls: a graph builder while a graph is transformed, the tracer while a user's function
 * runs, the eager dispatcher otherwise. Differentiation rules, library functions and users call the same ops;
 * the recorder in force decides what a call means.
 */
export interface Recorder {
  /** One value, or a list of them for an op with several outputs. */
  record(op: Op, operands: readonly Operand[], attrs: Attrs): ValueLike | readonly ValueLike[];
}

let current: Recorder | null = null;

export function currentRecorder(): Recorder {
  if (current) return current;
  throw new WeftError({
    code: "W2001",
    class: "bug",
    message: "an op was called while nothing records",
    hint: "call it inside withRecorder(builder, …), or import it from weftjs",
  });
}

/** Sets the recorder for all that follows and returns the one before it. */
export function swapRecorder(recorder: Recorder | null): Recorder | null {
  const previous = current;
  current = recorder;
  return previous;
}

/** Runs `body` with its op calls going to `recorder`. */
export function withRecorder<T>(recorder: Recorder, body: () => T): T {
  const previous = swapRecorder(recorder);
  try {
    return body();
  } finally {
    swapRecorder(previous);
  }
}
