import { isAsyncFunction } from "../trace/is-promise.js";
import type { TraceTree } from "../trace/trace-tree.js";

/** A transformed function's traces, and what makes them. */
export interface Traced {
  readonly tree: TraceTree;
  /** Where the arguments choose the tree. */
  readonly treeFor?: (args: readonly unknown[]) => TraceTree;
  /** Positions of arguments whose tensors a call consumes. */
  readonly donate?: readonly number[];
  /** The user's function. */
  readonly of: object;
  /** What runs inside a session. */
  readonly body: (...args: never[]) => unknown;
}

const known = new WeakMap<object, Traced>();

/** Remembers how a transformed function is traced. */
export function registerTraced(f: object, traced: Traced): void {
  known.set(f, traced);
}

/** How a transformed function is traced; undefined for a plain one. */
export function tracedOf(f: object): Traced | undefined {
  return known.get(f);
}

/** Whether a function is known to give promises. */
export function givesPromise(f: object): boolean {
  return isAsyncFunction(f) || known.get(f)?.tree.history.isAsync === true;
}
