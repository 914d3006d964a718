import { givesPromise } from "./known-trees.js";
import { TraceTree } from "../trace/trace-tree.js";

const byFunction = new WeakMap<object, Map<string, TraceTree>>();
const bySource = new Map<string, TraceTree>();
const MAX_SOURCES = 500;

/**
 * The traces of a transformation of `f`, the same at every time it is applied: `grad(loss)(w)` written inside a loop
 * replays. A closure made anew each time is found by its source text; a tree holds for any function, as each step
 * is compared.
 */
export function sharedTree(f: object, kind: string, name: string, parameters: readonly string[]): TraceTree {
  const trees = byFunction.get(f) ?? new Map<string, TraceTree>();
  byFunction.set(f, trees);
  const known = trees.get(kind);
  if (known) return known;

  const key = `${kind} ${Function.prototype.toString.call(f)}`;
  const tree = bySource.get(key) ?? new TraceTree(name, true, parameters);
  if (givesPromise(f)) tree.history.isAsync = true;
  trees.set(kind, tree);
  bySource.delete(key);
  bySource.set(key, tree);
  if (bySource.size > MAX_SOURCES) bySource.delete(bySource.keys().next().value!);
  return tree;
}
