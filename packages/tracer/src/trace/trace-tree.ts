import { TraceCounters } from "./counters.js";
import { rootNode, type TraceNode } from "./trace-node.js";

/** Paths kept of one function. Beyond, all are forgotten: a function with that many has no steady state. */
const MAX_PATHS = 1000;

/** What happened to one function, whichever of its trees it was in. */
export class TraceHistory {
  readonly counters: TraceCounters = new TraceCounters();
  /** What the retraces so far were about, for the warning; empty again once it was given. */
  readonly retraceReasons: string[] = [];
  hasWarned = false;
  /** Whether it is known to give promises. */
  isAsync = false;
}

/** Everything known of the traces of one function, or of it with one set of static arguments. */
export class TraceTree {
  root: TraceNode = rootNode();
  private pathCount = 0;

  constructor(
    /** For people: in dumps, labels and warnings. */
    readonly name: string,
    /** Whether kernels may compute more than one op. */
    readonly fuse: boolean = true,
    /** The names of the function's parameters, as far as its source tells. */
    readonly parameters: readonly string[] = [],
    readonly history: TraceHistory = new TraceHistory(),
    /** Why there is this tree besides others of the function; null for its only one. */
    readonly reason: string | null = null,
    /** Whether kernels take the driver's elementary functions. */
    readonly fastMath: boolean = false,
  ) {}

  get counters(): TraceCounters {
    return this.history.counters;
  }

  /** What was built below this step means too little now: a literal in it has become an input. */
  forgetBuilds(node: TraceNode): void {
    const waiting = [node];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const leaf of next.leaves) leaf.forget();
      waiting.push(...next.children);
    }
  }

  addedPath(): void {
    if (++this.pathCount <= MAX_PATHS) return;
    // Running sessions hold on to their own nodes.
    this.root = rootNode();
    this.pathCount = 0;
  }
}
