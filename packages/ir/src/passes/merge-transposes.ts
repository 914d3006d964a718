import { transpose } from "../ops/movement.js";
import { matchOp } from "./match-op.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Merges stacked transposes, so that fusion sees one index map instead of two.
 * Keeps types and source locations; never adds a node. O(nodes).
 */
export const mergeTransposes: Pass = definePass({
  name: "merge-transposes",
  rewrite(node, edit) {
    const outer = matchOp(node, transpose);
    const inner = outer && matchOp(outer.inputs[0]!, transpose);
    if (!outer || !inner) return;

    const source = inner.inputs[0]!;
    const perm = outer.attrs.perm.map((axis) => inner.attrs.perm[axis]!);
    const cancels = perm.every((from, to) => from === to);
    edit.replace(node, () => (cancels ? source : transpose(source, { perm })));
  },
});
