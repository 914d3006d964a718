import { printGraph, readSwitch } from "@weftjs/ir";
import { buildGraph, buildPart } from "./build-graph.js";
import { Computation } from "./computation.js";
import { count } from "./counters.js";
import { type Part, partOf } from "./part.js";
import type { Session } from "./session.js";
import type { TraceNode } from "./trace-node.js";
import type { TraceTree } from "./trace-tree.js";

/** What a leaf is compiled to. */
export interface Built {
  readonly computation: Computation;
  /** What of the path it computes; null for all of it. */
  readonly part: Part | null;
}

/** The end of a path together with what is wanted of it. Owns what is compiled for it. */
export class Leaf {
  private built: Built | null = null;

  private constructor(
    private readonly tree: TraceTree,
    private readonly node: TraceNode,
    /** Value ids of the results. */
    readonly outputs: readonly number[],
    /** Whether values that the session has are taken, and nothing is computed that is not needed. */
    private readonly isPart: boolean,
    private readonly inputNames: readonly (string | null)[],
  ) {}

  /** The leaf for these results at this step; made where there is none. */
  static at(
    tree: TraceTree,
    node: TraceNode,
    outputs: readonly number[],
    inputNames: () => readonly (string | null)[],
    isPart: boolean = false,
  ): Leaf {
    const { leaves } = node;
    for (let k = 0; k < leaves.length; k++) {
      const leaf = leaves[k]!;
      if (leaf.isPart !== isPart || !sameNumbers(leaf.outputs, outputs)) continue;
      if (k > 0) leaves.unshift(...leaves.splice(k, 1));
      return leaf;
    }
    const leaf = new Leaf(tree, node, outputs, isPart, inputNames());
    leaves.unshift(leaf);
    return leaf;
  }

  /** The path as a computation to run. A queued call keeps the one it was given, whatever is promoted later. */
  computation(): Computation {
    return (this.built ??= this.make(null)).computation;
  }

  /** The part of the path that a session needs which has these values. */
  partFor(session: Session): { readonly computation: Computation; readonly part: Part } {
    const known = this.built?.part;
    if (this.built && known && stillHolds(known, session))
      return { computation: this.built.computation, part: known };
    const part = partOf(session, this.node, this.outputs);
    this.built = this.make(part);
    return { computation: this.built.computation, part };
  }

  forget(): void {
    this.built = null;
  }

  private make(part: Part | null): Built {
    count(this.tree.counters, "compilations");
    const { name, fuse, fastMath } = this.tree;
    const graph = part
      ? buildPart(name, part, this.outputs, this.inputNames)
      : buildGraph(name, this.node, this.outputs, this.inputNames);
    if (readSwitch("WEFT_DEBUG").includes("trace"))
      console.error(`weft trace: ${name}\n${printGraph(graph)}`);
    return { computation: new Computation(name, graph, fuse, fastMath), part };
  }
}

/** Whether the session has what the part takes, and nothing of what it makes. */
function stillHolds({ given, again }: Part, { saved }: Session): boolean {
  return given.every(({ id }) => saved.has(id)) && !again.some(({ id }) => saved.has(id));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, k) => value === b[k]);
}
