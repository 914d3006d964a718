import type { Graph, Node } from "../graph.js";
import { type Edit, rewriteGraph } from "./rewrite-graph.js";

/** One step from a graph to an equivalent one. */
export interface Pass {
  /** A verb phrase with dashes: what `WEFT_DISABLE`, `WEFT_STOP_AFTER` and the dumps call it. */
  readonly name: string;
  /** Gives back the very same graph where there is nothing to do. */
  run(graph: Graph): Graph;
}

interface RewriteSpec {
  readonly name: string;
  /** Called once a node, in order, with operands that are rewritten already. Replaces the node or leaves it. */
  rewrite(node: Node, edit: Edit): void;
}

/** Declares a pass: either node by node (`rewrite`), or over the whole graph at once (`run`). */
export function definePass(spec: RewriteSpec | Pass): Pass {
  if ("run" in spec) return spec;
  return { name: spec.name, run: (graph) => rewriteGraph(graph, spec.rewrite) };
}
