import { DEFAULT_TARGET, type Target } from "@weftjs/ir";
import { executor, init } from "../device/current.js";
import { WebGpuExecutor } from "../device/webgpu-executor.js";
import { Call, type CallOptions } from "../trace/call.js";
import type { Computation } from "../trace/computation.js";
import { tracedResults } from "../trace/finish-call.js";
import { Guards } from "../trace/guards.js";
import { isPromise } from "../trace/is-promise.js";
import { Leaf } from "../trace/leaf.js";
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
 * JavaScript runs several times, to time the replay; nothing is computed and nothing donated. What an async function
 * reads has to be computed; then there is one of each for every segment that ends with a read or the result.
 */
export async function inspect<F extends AnyFunction>(f: F, ...args: Parameters<F>): Promise<Report> {
  await init();
  const traced = tracedOf(f) ?? tracedOf(jit(f))!;
  const tree = traced.treeFor?.(args) ?? traced.tree;
  const { computations } = await callOnce(tree, traced.body, args);
  const target = currentTarget();
  return new Report({
    name: tree.name,
    segments: computations.map((computation) => ({
      traced: computation.graph,
      optimized: computation.optimized(),
      program: computation.program(target),
    })),
    retraces: Math.max(0, tree.counters.traces - 1),
    replayNs: await timeReplay(tree, traced.body, args),
    proof: proofText(traced.of),
  });
}

function proofText(f: object): string {
  const { functions, obstacles, areProven } = new Guards(f);
  if (!areProven) return obstacles.join("\n");
  return `${functions.join(", ")}: proven, equal calls skip the replay`;
}

function currentTarget(): Target {
  const device = executor();
  return (device instanceof WebGpuExecutor ? device.runtime.target : undefined) ?? DEFAULT_TARGET;
}

/** One call, what it would compute, and the milliseconds of its JavaScript, without what runs on the device. */
async function callOnce(
  tree: TraceTree,
  body: Traced["body"],
  args: readonly unknown[],
): Promise<{ readonly computations: readonly Computation[]; readonly spent: number }> {
  const computations: Computation[] = [];
  const options: CallOptions = {
    nameInputs: (inputs) => inputNames(inputs, args, tree.parameters),
    onCompute: (computation) => computations.push(computation),
  };
  const session = new Session(tree);
  const call = new Call(session, options);
  const start = performance.now();
  const result = call.start(() => body(...(args as never[])));
  if (isPromise(result)) {
    await call.finishLater(result);
    return { computations, spent: call.spent };
  }
  call.returned();
  const outputs = tracedResults(session, result).map((tensor) => tensor.id);
  const spent = performance.now() - start;
  const leaf = Leaf.at(tree, session.cursor, outputs, () => options.nameInputs(session.inputs.tensors));
  return { computations: [leaf.computation()], spent };
}

/** Nanoseconds of a whole call, without what runs on the device. */
async function timeReplay(tree: TraceTree, body: Traced["body"], args: readonly unknown[]): Promise<number> {
  let fastest = Infinity;
  for (let k = 0; k < TIMED_REPLAYS; k++) {
    fastest = Math.min(fastest, (await callOnce(tree, body, args)).spent);
  }
  return fastest * 1e6;
}
