import { type Graph, hashGraph, type Program, type Schedule, type Target } from "@weftjs/ir";
import type { ExecutorCall, Storage } from "../device/executor.js";
import { emitShaders, fuseGraph, optimizeGraph } from "./compile-stages.js";
import { StageLog } from "./stage-log.js";

/** A traced graph and what it becomes. Equal graphs of different functions share all of it. */
export class Computation {
  private shared: Shared | null = null;

  constructor(
    readonly name: string,
    /** As traced: nothing simplified, regions in place. */
    readonly graph: Graph,
    /** Whether a kernel may compute more than one op. */
    readonly fuse: boolean,
    /** Whether kernels take the driver's elementary functions. */
    readonly fastMath: boolean = false,
  ) {}

  /** After the pass pipeline. */
  optimized(): Graph {
    const shared = this.share();
    return (shared.optimized ??= optimizeGraph(this.graph, shared.log));
  }

  /** Compiles at the first request for a target. */
  program(target: Target): Program {
    const { programs, log } = this.share();
    let program = programs.get(target);
    if (!program) {
      const kind = this.fastMath ? { ...target, fastMath: true } : target;
      program = emitShaders(this.schedule(target), kind, log);
      programs.set(target, program);
    }
    return program;
  }

  /** The kernels of its program, made anew. */
  schedule(target: Target): Schedule {
    return fuseGraph(this.optimized(), target, this.fuse, this.share().log);
  }

  /** One execution of it, to be queued. */
  call(inputs: readonly Storage[], scalars: readonly number[], outputs: readonly Storage[]): ExecutorCall {
    return new QueuedCall(this, inputs, scalars, outputs);
  }

  private share(): Shared {
    return (this.shared ??= sharedFor(this));
  }
}

/** Knows storages and no tensors: what it knows lives as long as it is queued, and tensors must stay collectable. */
class QueuedCall implements ExecutorCall {
  constructor(
    private readonly computation: Computation,
    readonly inputs: readonly Storage[],
    readonly scalars: readonly number[],
    readonly outputs: readonly Storage[],
  ) {}

  get name(): string {
    return this.computation.name;
  }

  get graph(): Graph {
    return this.computation.graph;
  }

  program(target: Target): Program {
    return this.computation.program(target);
  }

  schedule(target: Target): Schedule {
    return this.computation.schedule(target);
  }
}

interface Shared {
  optimized: Graph | null;
  readonly programs: WeakMap<Target, Program>;
  readonly log: StageLog;
}

/** By structure of graph. Entries are found again only while they are recent; computations keep theirs. */
const recent = new Map<string, Shared>();
const MAX_RECENT = 2000;

function sharedFor({ name, graph, fuse, fastMath }: Computation): Shared {
  const key = `${hashGraph(graph)}${fuse ? "" : "-unfused"}${fastMath ? "-fast" : ""}`;
  const shared = recent.get(key) ?? {
    optimized: null,
    programs: new WeakMap(),
    log: new StageLog(name, key.slice(24)),
  };
  recent.delete(key);
  recent.set(key, shared);
  if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!);
  return shared;
}
