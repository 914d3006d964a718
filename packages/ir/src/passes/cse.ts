import type { Node } from "../graph.js";
import { NodeKeys } from "./node-keys.js";
import { definePass, type Pass } from "./pass.js";
import { rewriteGraph } from "./rewrite-graph.js";

/**
 * Merges nodes that compute the same thing: one op, the same operands, equal attributes. Ops have no side effects,
 * and random ones take their key as an operand. The first of the nodes stays, with its location. O(nodes).
 */
export const cse: Pass = definePass({
  name: "cse",
  run(graph) {
    const keys = new NodeKeys(graph);
    const firsts = new Map<string, Node>();
    return rewriteGraph(graph, (node, edit) => {
      const key = keys.of(node);
      const first = firsts.get(key);
      if (first) edit.replace(node, () => first.outputs);
      else firsts.set(key, node);
    });
  },
});
