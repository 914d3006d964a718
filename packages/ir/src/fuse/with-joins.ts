import { copyNode } from "../autodiff/inline-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Node, Value } from "../graph.js";
import { cse } from "../passes/cse.js";
import { dropUnused } from "../passes/drop-unused.js";
import { withRecorder } from "../recorder.js";
import type { ValueLike } from "../types.js";

/** Nodes that are made anew together, from values that must be there first. */
export interface Join {
  readonly needs: readonly Value[];
  /** What stands for each old output. */
  make(now: (value: Value) => Value): ReadonlyMap<Value, ValueLike>;
}

/** The graph with nodes made anew, in an order in which what they need comes first. */
export function withJoins(graph: Graph, joins: ReadonlyMap<Node, Join>): Graph {
  if (joins.size === 0) return graph;
  const builder = new GraphBuilder(graph.name);
  const values = new Map<Value, Value>();
  for (const param of graph.params) {
    builder.adoptParam(param);
    values.set(param, param);
  }
  const emit = (node: Node): void => {
    const join = joins.get(node);
    if (!join) return copyNode(builder, node, values);
    builder.location = node.location;
    const made = withRecorder(builder, () => join.make((value) => values.get(value)!));
    builder.location = null;
    for (const [old, value] of made) values.set(old, asValue(value));
  };
  for (const node of graph.nodes) {
    const pending = [node];
    while (pending.length > 0) {
      const next = pending.at(-1)!;
      const needs = values.has(next.outputs[0]!) ? [] : (joins.get(next)?.needs ?? next.inputs);
      const missing = needs.flatMap((need) => (need.node && !values.has(need) ? [need.node] : []));
      pending.push(...missing);
      if (missing.length > 0) continue;
      pending.pop();
      if (!values.has(next.outputs[0]!)) emit(next);
    }
  }
  const results = graph.results.map((result) => values.get(result)!);
  return cse.run(dropUnused(builder.finish(results)));
}
