import { formatType } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { TraceTree } from "../trace/trace-tree.js";
import { userError } from "../trace/user-error.js";
import { flatten, sameStructure, type TreeStructure } from "../tree/tree.js";

/** Sets of values whose traces are kept; beyond, those that were used longest ago are forgotten. */
const MAX_SETS = 64;

interface Variant {
  readonly structure: TreeStructure;
  readonly leaves: readonly unknown[];
  readonly tree: TraceTree;
}

/**
 * Trees of traces by the values of a function's static arguments: equal by `Object.is`, through arrays, plain objects
 * and Maps. Within one tree they never change, so the numbers in them are never promoted to run-time ones.
 */
export function staticTrees(
  shared: TraceTree,
  positions: readonly number[],
): (args: readonly unknown[]) => TraceTree {
  const variants: Variant[] = [];
  return (args) => {
    const { structure, leaves } = flatten(positions.map((k) => args[k]));
    for (const leaf of leaves) if (leaf instanceof Tensor) throw tensorIsStatic(shared.name, leaf);
    const at = variants.findIndex((one) => isSame(one, leaves, structure));
    const found = at < 0 ? { structure, leaves, tree: variantOf(shared) } : variants.splice(at, 1)[0]!;
    variants.unshift(found);
    variants.length = Math.min(variants.length, MAX_SETS);
    return found.tree;
  };
}

function isSame(variant: Variant, leaves: readonly unknown[], structure: TreeStructure): boolean {
  return (
    leaves.length === variant.leaves.length &&
    leaves.every((leaf, k) => Object.is(leaf, variant.leaves[k])) &&
    sameStructure(structure, variant.structure)
  );
}

function variantOf({ name, fuse, parameters, history, fastMath }: TraceTree): TraceTree {
  return new TraceTree(name, fuse, parameters, history, "a static argument had a new value", fastMath);
}

function tensorIsStatic(name: string, tensor: Tensor): Error {
  return userError({
    code: "W1034",
    message: `a static argument of ${name} holds a tensor (${formatType(tensor.type)})`,
    hint: "static is for JavaScript values; tensors never need it, their content may change without a retrace",
  });
}
