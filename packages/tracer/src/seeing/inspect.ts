import { DEFAULT_TARGET, type Target } from "@weftjs/ir";
import { executor, init } from "../device/current.js";
import { WebGpuExecutor } from "../device/webgpu-executor.js";
import { tracedResults } from "../trace/finish-call.js";
import { Leaf } from "../trace/leaf.js";
import { traceInto } from "../trace/run-session.js";
import { Session } from "../trace/session.js";
import type { TraceTree } from "../trace/trace-tree.js";
import { inputNames } from "../transforms/argument-names.js";
import { type AnyFunction, jit } from "../transforms/jit.js";
import { type Traced, tracedOf } from "../transforms/known-trees.js";
import { Report } from "./report.js";

/** Replays that are timed; the fastest counts. */
const TIMED_REPLAYS = 5;

/**
 * Shows what `f` becomes for these arguments: the recorded graph with source lines, the optimized graph, kernels,
 * WGSL, memory plan, and how much of each there is. `f` is plain, or the outcome of `jit`, `eager`, `grad`… Its
 * JavaScript runs several times, to time the replay; nothing is computed and nothing donated.
 */
export async function inspect<F extends AnyFunction>(f: F, ...args: Parameters<F>): Promise<Report> {
  await init();
  const traced = tracedOf(f) ?? tracedOf(jit(f))!;
  const { body } = traced;
  const tree = traced.treeFor?.(args) ?? traced.tree;
  const session = new Session(tree);
  const result = traceInto(session, () => body(...args));
  session.close();
  const outputs = tracedResults(session, result).map((tensor) => tensor.id);
  const leaf = Leaf.at(tree, session.cursor, outputs, () =>
    inputNames(session.inputs, args, tree.parameters),
  );
  const computation = leaf.computation();
  return new Report({
    name: tree.name,
    traced: computation.graph,
    optimized: computation.optimized(),
    program: computation.program(currentTarget()),
    retraces: Math.max(0, tree.counters.traces - 1),
    replayNs: timeReplay(tree, body, args),
  });
}

function currentTarget(): Target {
  const device = executor();
  return (device instanceof WebGpuExecutor ? device.runtime.target : undefined) ?? DEFAULT_TARGET;
}

/** Nanoseconds of a whole call, without what runs on the device. */
function timeReplay(tree: TraceTree, body: Traced["body"], args: readonly unknown[]): number {
  let fastest = Infinity;
  for (let k = 0; k < TIMED_REPLAYS; k++) {
    const session = new Session(tree);
    const start = performance.now();
    const result = traceInto(session, () => body(...(args as never[])));
    session.close();
    tracedResults(session, result);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest * 1e6;
}
