import { printGraph, readSwitch } from "@weftjs/ir";
import { buildGraph } from "./build-graph.js";
import { Computation } from "./computation.js";
import { count } from "./counters.js";
import type { TraceNode } from "./trace-node.js";
import type { TraceTree } from "./trace-tree.js";

/** The end of a path together with what is wanted of it. Owns what is compiled for it. */
export class Leaf {
  private built: Computation | null = null;

  private constructor(
    private readonly tree: TraceTree,
    private readonly node: TraceNode,
    /** Value ids of the results. */
    readonly outputs: readonly number[],
    private readonly inputNames: readonly (string | null)[],
  ) {}

  /** The leaf for these results at this step; made where there is none. */
  static at(
    tree: TraceTree,
    node: TraceNode,
    outputs: readonly number[],
    inputNames: () => readonly (string | null)[],
  ): Leaf {
    const { leaves } = node;
    for (let k = 0; k < leaves.length; k++) {
      const leaf = leaves[k]!;
      if (!sameNumbers(leaf.outputs, outputs)) continue;
      if (k > 0) leaves.unshift(...leaves.splice(k, 1));
      return leaf;
    }
    const leaf = new Leaf(tree, node, outputs, inputNames());
    leaves.unshift(leaf);
    tree.addedLeaf();
    return leaf;
  }

  /** The path as a computation to run. A queued call keeps the one it was given, whatever is promoted later. */
  computation(): Computation {
    if (this.built) return this.built;
    count(this.tree.counters, "compilations");
    const { name, fuse } = this.tree;
    const graph = buildGraph(name, this.node, this.outputs, this.inputNames);
    this.built = new Computation(name, graph, fuse);
    if (readSwitch("WEFT_DEBUG").includes("trace"))
      console.error(`weft trace: ${name}\n${printGraph(graph)}`);
    return this.built;
  }

  forget(): void {
    this.built = null;
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, k) => value === b[k]);
}
