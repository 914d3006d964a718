import {
  bundleCost,
  type Dispatch,
  type DispatchCost,
  type Graph,
  indexOfRows,
  type Kernel,
  type Loop,
  type LoopAttrs,
  type LoopDomain,
  loopOf,
  type MemoryPlan,
  planMemory,
  type Program,
  type Schedule,
  scheduleGraph,
  type Target,
  type Value,
} from "@weftjs/ir";
import { type EmittedKernel, emitKernel, kernelText } from "./kernel.js";
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
  const steps = new Steps(memory, target);
  steps.add(schedule, NO_ROWS);
  return {
    name: graph.name,
    inputs: graph.params.filter((param) => param.passedAs === "buffer").map((param) => param.type),
    scalars: graph.params.filter((param) => param.passedAs === "scalar").map((param) => param.dtype),
    outputs: memory.outputs,
    slots: memory.slots,
    ...withKernels(steps.emitted, memory, target),
    loops: steps.loops,
    peakBytes: memory.peakBytes,
  };
}

const NO_ROWS: ReadonlyMap<Value, Value> = new Map();

/** A dispatch before it is known with which others it shares a kernel. */
interface Emitted {
  readonly kernel: EmittedKernel;
  readonly cost: DispatchCost;
}

/** Dispatches in order, those of loops in their place. */
class Steps {
  readonly emitted: Emitted[] = [];
  readonly loops: Loop[] = [];

  constructor(
    private readonly memory: MemoryPlan,
    private readonly target: Target,
  ) {}

  /** `rows`: values written as rows of a larger one, with the index of the row. */
  add(schedule: Schedule, rows: ReadonlyMap<Value, Value>): void {
    for (const bundle of schedule.bundles) {
      const loop = loopOf(bundle);
      if (loop) this.addLoop(loop);
      else {
        const kernel = emitKernel(bundle, schedule, rows, this.target);
        this.emitted.push({ kernel, cost: bundleCost(bundle) });
      }
    }
  }

  private addLoop(loop: LoopDomain): void {
    const { count } = loop.node.attrs as LoopAttrs;
    const place = this.loops.length;
    const first = this.emitted.length;
    const carried = this.memory.carriedBy.get(loop)!;
    this.loops.push({ first, end: first, count, carried }); // Before those within it.
    this.add(loop.body, indexOfRows(loop));
    this.loops[place] = { first, end: this.emitted.length, count, carried };
  }
}

function withKernels(
  emitted: readonly Emitted[],
  memory: MemoryPlan,
  target: Target,
): Pick<Program, "kernels" | "dispatches"> {
  const kernels: Kernel[] = [];
  const dispatches: Dispatch[] = [];
  const all = emitted.map(({ kernel }) => kernel);
  for (const { members, places } of familiesOf(all, target)) {
    const kernel = kernels.push(kernelText(all[members[0]!]!, places)) - 1;
    for (const member of members) {
      const { workgroups, bound, bindings } = all[member]!;
      const { offsets, skipped } = bindings;
      const moving = places.flatMap((place, k) => ("word" in place ? [skipped[k]!] : []));
      dispatches[member] = {
        kernel,
        slots: [
          ...bound.map((value) => (value ? memory.slotOf.get(value)! : -1)),
          ...(moving.length > 0 ? [-1] : []),
        ],
        workgroups,
        cost: emitted[member]!.cost,
        ...(offsets.some((offset) => offset > 0) ? { offsets } : {}),
        ...(moving.length > 0 ? { places: moving } : {}),
      };
    }
  }
  return { kernels, dispatches };
}
