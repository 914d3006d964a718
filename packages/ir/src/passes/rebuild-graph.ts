import { copyNode } from "../autodiff/inline-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Node, Value } from "../graph.js";
import { withRecorder } from "../recorder.js";
import type { ValueLike } from "../types.js";
import { dropUnused } from "./drop-unused.js";

/**
 * What comes in place of a node of the old graph: values for its outputs, or undefined where it stays as it is. `now`
 * says what has become of a value that the node may be made of.
 */
export type Remake = (node: Node, now: (value: Value) => Value) => readonly ValueLike[] | undefined;

/**
 * The graph made anew, node by node, by decisions that were taken on the old one; what is unused then is dropped.
 * For passes that look at many nodes at once; those that look at one use `rewriteGraph`.
 */
export function rebuildGraph(graph: Graph, remake: Remake): Graph {
  const builder = new GraphBuilder(graph.name);
  const values = new Map<Value, Value>();
  for (const param of graph.params) values.set(param, builder.adoptParam(param));
  const now = (value: Value): Value => values.get(value)!;
  for (const node of graph.nodes) {
    builder.location = node.location;
    const made = withRecorder(builder, () => remake(node, now));
    builder.location = null;
    if (made) node.outputs.forEach((output, k) => values.set(output, asValue(made[k])));
    else copyNode(builder, node, values);
  }
  return dropUnused(builder.finish(graph.results.map(now)));
}
