import type { LoopAttrs } from "../control/loop-layout.js";
import { loop } from "../control/loop.js";
import { NodeKeys } from "./node-keys.js";
import { definePass, type Pass } from "./pass.js";
import { rewriteGraph } from "./rewrite-graph.js";

/**
 * A loop whose gradient runs the same loop again, to keep what was carried, keeps it itself: `cse` then merges the
 * two. Requires that equal operands are one value, as behind `cse`. O(nodes).
 */
export const mergeLoops: Pass = definePass({
  name: "merge-loops",
  run(graph) {
    const keys = new NodeKeys(graph);
    const keyOf = new Map(
      graph.nodes
        .filter((node) => node.op === loop)
        .map((node) => [node.outputs[0], keys.of({ ...node, attrs: { ...node.attrs, keeps: true } })]),
    );
    const keeping = new Set(
      graph.nodes
        .filter(({ op, attrs }) => op === loop && (attrs as LoopAttrs).keeps)
        .map((node) => keyOf.get(node.outputs[0])),
    );
    if (keeping.size === 0) return graph;
    return rewriteGraph(graph, (node, edit) => {
      const attrs = node.attrs as LoopAttrs;
      if (node.op !== loop || attrs.keeps || !keeping.has(keyOf.get(node.outputs[0]))) return;
      edit.replace(node, () => loop(node.inputs, { ...attrs, keeps: true }).slice(0, node.outputs.length));
    });
  },
});
