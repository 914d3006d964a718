import { Graph, type Node, type Value } from "../graph.js";

/** The graph without nodes that no result needs; the very same graph where there are none. O(nodes). */
export function dropUnused(graph: Graph): Graph {
  const needed = new Set<Value>(graph.results);
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  if (kept.length === graph.nodes.length) return graph;
  return new Graph(graph.name, graph.params, kept.reverse(), graph.results);
}
