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
import { emitKernel } from "./kernel.js";

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
  const kernels: Kernel[] = [];
  const kernelByText = new Map<string, number>();
  const dispatches = schedule.bundles.map((bundle): Dispatch => {
    const { kernel, workgroups, bound, offsets } = emitKernel(bundle, schedule, target);
    let index = kernelByText.get(kernel.wgsl);
    if (index === undefined) {
      index = kernels.push(kernel) - 1;
      kernelByText.set(kernel.wgsl, index);
    }
    return {
      kernel: index,
      slots: bound.map((value) => (value ? memory.slotOf.get(value)! : -1)),
      workgroups,
      cost: bundleCost(bundle),
      ...(offsets.some((offset) => offset > 0) ? { offsets } : {}),
    };
  });
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
