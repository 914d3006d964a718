import { executor } from "../device/current.js";
import { totals, type TraceCounters } from "../trace/counters.js";
import { userError } from "../trace/user-error.js";
import { tracedOf } from "../transforms/known-trees.js";
import type { AnyFunction } from "../transforms/jit.js";

/** What tracing one function has done so far. */
export type FunctionStats = Readonly<Pick<TraceCounters, keyof TraceCounters>>;

/** Counts since the start of the process. What a device does not have is 0. */
export interface Stats extends FunctionStats {
  /** Tensors with content that are reachable, or not yet collected. */
  readonly liveTensors: number;
  /** Bytes of tensors that are reachable, or not yet collected. */
  readonly liveBytes: number;
  /** The largest `liveBytes` so far. */
  readonly peakLiveBytes: number;
  /** Bytes of GPU buffers, in use and idle. */
  readonly poolBytes: number;
  /** The largest `poolBytes` so far. */
  readonly peakBytes: number;
  /** GPU buffers made. */
  readonly buffersCreated: number;
  /** Bind groups made. */
  readonly bindGroupsCreated: number;
  /** Shaders compiled. */
  readonly pipelinesCreated: number;
  /** Times that work was handed to the GPU. */
  readonly submits: number;
  /** Kernels started. */
  readonly dispatches: number;
  /** Times that a loop without known count was asked whether it has ended. */
  readonly loopChecks: number;
}

/**
 * Counts of everything done so far: memory, buffers, pipelines, submits, dispatches, traces, replays. With a function
 * that `jit`, `eager` or `grad` gave, what tracing did for it alone: `traces` is how many paths it has.
 *
 * @throws W1014 for a plain function.
 */
export function stats(): Stats;
export function stats(f: AnyFunction): FunctionStats;
export function stats(f?: AnyFunction): Stats | FunctionStats {
  if (f) return { ...countersOf(f) };
  const device = executor().stats();
  const of = (name: string): number => device[name] ?? 0;
  return {
    ...totals,
    liveTensors: of("liveOwners"),
    liveBytes: of("liveBytes"),
    peakLiveBytes: of("peakLiveBytes"),
    poolBytes: of("poolBytes"),
    peakBytes: of("peakBytes"),
    buffersCreated: of("buffersCreated"),
    bindGroupsCreated: of("bindGroupsCreated"),
    pipelinesCreated: of("pipelinesCreated"),
    submits: of("submits"),
    dispatches: of("dispatches"),
    loopChecks: of("loopChecks"),
  };
}

function countersOf(f: AnyFunction): TraceCounters {
  const traced = tracedOf(f);
  if (traced) return traced.tree.counters;
  throw userError({
    code: "W1014",
    message: `stats needs a transformed function, ${f.name || "this one"} is plain`,
    hint: "pass what jit, eager, grad or valueAndGrad gave",
  });
}
