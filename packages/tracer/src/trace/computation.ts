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

  /**
   * One execution of it, to be queued. Made here and not where the tensors are: what a closure there could see would
   * live as long as the call is queued, and no tensor could be collected.
   */
  call(inputs: readonly Storage[], scalars: readonly number[], outputs: readonly Storage[]): ExecutorCall {
    return {
      name: this.name,
      graph: () => this.graph,
      program: (target) => this.program(target),
      schedule: (target) => this.schedule(target),
      inputs,
      scalars,
      outputs,
    };
  }

  private share(): Shared {
    return (this.shared ??= sharedFor(this));
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
