import type { Graph } from "../graph.js";
import { verifyGraph } from "../text/verify.js";
import type { Pass } from "./pass.js";

/** Passes that run again and again, in order, until none of them changes anything. */
export interface Repeat {
  readonly repeat: readonly Pass[];
  /** Rounds at most. Each pass is right by itself, so stopping early is right too. */
  readonly atMost: number;
}

export interface PassOptions {
  /** Checks the graph before the first pass and behind each that changed it. */
  readonly verify?: boolean;
  /** Told of each pass that ran, with the graph behind it. */
  readonly onPass?: (name: string, graph: Graph, hasChanged: boolean) => void;
  /** Names of passes to leave out. */
  readonly disable?: readonly string[];
  /** Name of the pass to end with, when it has run once. */
  readonly stopAfter?: string | undefined;
}

/** Runs the passes in order. */
export function runPasses(graph: Graph, steps: readonly (Pass | Repeat)[], options: PassOptions = {}): Graph {
  if (options.verify) verifyGraph(graph);
  const run = new Run(graph, options);
  for (const step of steps) {
    if ("repeat" in step) run.repeat(step);
    else run.once(step);
  }
  return run.graph;
}

class Run {
  private isStopped = false;

  constructor(
    public graph: Graph,
    private readonly options: PassOptions,
  ) {}

  repeat({ repeat, atMost }: Repeat): void {
    for (let round = 0; round < atMost && !this.isStopped; round++) {
      const before = this.graph;
      for (const pass of repeat) this.once(pass);
      if (this.graph === before) return;
    }
  }

  once(pass: Pass): void {
    const { disable = [], verify, onPass, stopAfter } = this.options;
    if (this.isStopped || disable.includes(pass.name)) return;
    const before = this.graph;
    this.graph = pass.run(before);
    const hasChanged = this.graph !== before;
    if (verify && hasChanged) verifyGraph(this.graph);
    onPass?.(pass.name, this.graph, hasChanged);
    this.isStopped = stopAfter === pass.name;
  }
}
