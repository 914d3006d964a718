import { reshape } from "../ops/stretch.js";
import { sameShape } from "../types.js";
import { matchOp } from "./match-op.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Merges stacked reshapes: only the last shape matters.
 * Keeps types and source locations; never adds a node. O(nodes).
 */
export const mergeReshapes: Pass = definePass({
  name: "merge-reshapes",
  rewrite(node, edit) {
    const outer = matchOp(node, reshape);
    const inner = outer && matchOp(outer.inputs[0]!, reshape);
    if (!outer || !inner) return;

    const source = inner.inputs[0]!;
    const { shape } = outer.attrs;
    const cancels = sameShape(source.shape, shape);
    edit.replace(node, () => (cancels ? source : reshape(source, { shape })));
  },
});
