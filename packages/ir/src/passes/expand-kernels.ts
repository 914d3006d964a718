import { definePass, type Pass } from "./pass.js";

/**
 * Writes kernel ops that say how as ordinary ops and other kernels: for formats that know no such kernel, not for our
 * own code, which has its template. Types stay; values that the template never stores become nodes. O(nodes).
 */
export const expandKernels: Pass = definePass({
  name: "expand-kernels",
  rewrite(node, edit) {
    if (node.op.kind !== "kernel" || !node.op.expand) return;
    const { expand } = node.op;
    edit.replace(node, () => expand(node.inputs, node.attrs));
  },
});
