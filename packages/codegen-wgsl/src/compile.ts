import {
  bundleCost,
  type Dispatch,
  type Graph,
  type Kernel,
  planMemory,
  type Program,
  type Schedule,
  scheduleGraph,
  type Target,
} from "@weftjs/ir";
import { emitKernel, kernelText } from "./kernel.js";
import { familiesOf } from "./places.js";

export interface CompileOptions {
  readonly target: Target;
  /** False: one kernel for each op that computes, the baseline that fusion is measured against. */
  readonly fuse?: boolean;
}

/** Compiles an optimised graph for one adapter. Kernels with equal text are one. */
export function compile(graph: Graph, { target, fuse = true }: CompileOptions): Program {
  return emitProgram(scheduleGraph(graph, target, { fuse }), target);
}

/** From kernels in order to the Program that a runtime executes. */
export function emitProgram(schedule: Schedule, target: Target): Program {
  const { graph } = schedule;
  const memory = planMemory(schedule);
  const emitted = schedule.bundles.map((bundle) => emitKernel(bundle, schedule, target));
  const kernels: Kernel[] = [];
  const dispatches: Dispatch[] = [];
  for (const { members, places } of familiesOf(emitted, target)) {
    const kernel = kernels.push(kernelText(emitted[members[0]!]!, places)) - 1;
    for (const member of members) {
      const { workgroups, bound, bindings } = emitted[member]!;
      const { offsets, skipped } = bindings;
      const moving = places.flatMap((place, k) => ("word" in place ? [skipped[k]!] : []));
      dispatches[member] = {
        kernel,
        slots: [
          ...bound.map((value) => (value ? memory.slotOf.get(value)! : -1)),
          ...(moving.length > 0 ? [-1] : []),
        ],
        workgroups,
        cost: bundleCost(schedule.bundles[member]!),
        ...(offsets.some((offset) => offset > 0) ? { offsets } : {}),
        ...(moving.length > 0 ? { places: moving } : {}),
      };
    }
  }
  return {
    name: graph.name,
    inputs: graph.params.filter((param) => param.passedAs === "buffer").map((param) => param.type),
    scalars: graph.params.filter((param) => param.passedAs === "scalar").map((param) => param.dtype),
    outputs: memory.outputs,
    slots: memory.slots,
    kernels,
    dispatches,
    peakBytes: memory.peakBytes,
  };
}
