import type { Graph, Node, Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { matmul } from "../ops/matmul.js";
import { concat, slice } from "../ops/movement.js";
import type { ValueLike } from "../types.js";
import { matchOp } from "./match-op.js";
import { definePass, type Pass } from "./pass.js";
import { rebuildGraph } from "./rebuild-graph.js";

/** Products with one right operand from which it pays to make one of a share of them. */
const WORTH_SPLITTING = 4;

/**
 * Cuts products apart that a recurrent cell makes of its input and its state at once: `[x h]·W = x·W₁ + h·W₂`, where
 * many have the right operand and some of the columns wait for none of them. Those columns' products can then be made
 * before the first step, and joined into one (see `joinProducts`). Before differentiation, so that gradients are
 * parted in the same way. Sums are reassociated. O(nodes × right operands of such products).
 */
export const splitProducts: Pass = definePass({
  name: "split-products",
  run(graph) {
    const cuts = cutsOf(graph);
    if (cuts.size === 0) return graph;
    // Cut once for each family, so that the gradient is one sum.
    const factors = new Map<Cut, readonly ValueLike[]>();
    return rebuildGraph(graph, (node, now) => {
      const cut = cuts.get(node);
      if (!cut) return undefined;
      const [left, right] = [now(node.inputs[0]!), now(node.inputs[1]!)];
      const parts = left.node!.inputs;
      if (!factors.has(cut)) factors.set(cut, rowsOf(right, widthsOf(parts, cut)));
      return [sumOfParts(parts, factors.get(cut)!, cut)];
    });
  },
});

/** How many neighbouring parts of the left operand each product takes. */
type Cut = readonly number[];

function cutsOf(graph: Graph): Map<Node, Cut> {
  const families = new Map<string, Node[]>();
  const numbers = new Map<Value, number>();
  for (const node of graph.nodes) {
    const parts = partsOf(node);
    if (!parts) continue;
    const right = node.inputs[1]!;
    if (!numbers.has(right)) numbers.set(right, numbers.size);
    const key = `${numbers.get(right)}:${parts.map(({ shape }) => shape[1]).join()}`;
    const family = families.get(key);
    if (family) family.push(node);
    else families.set(key, [node]);
  }
  const cuts = new Map<Node, Cut>();
  for (const family of families.values()) {
    const cut = family.length >= WORTH_SPLITTING ? cutOf(graph, family) : [];
    if (cut.length > 1) for (const node of family) cuts.set(node, cut);
  }
  return cuts;
}

/** What stands side by side in the left operand of a product of matrices. */
function partsOf(node: Node): readonly Value[] | undefined {
  const joined = node.op === matmul ? matchOp(node.inputs[0]!, concat) : undefined;
  return joined && joined.attrs.axis === 1 && node.inputs[1]!.shape.length === 2 ? joined.inputs : undefined;
}

/** Neighbours stay together where all of them wait for products of the family, or none does. */
function cutOf(graph: Graph, family: readonly Node[]): Cut {
  const waiting = dependentsOf(graph, family);
  const waits = partsOf(family[0]!)!.map((_, k) => {
    const free = family.filter((node) => !waiting.has(partsOf(node)![k]!));
    return free.length < WORTH_SPLITTING;
  });
  const cut: number[] = [];
  waits.forEach((wait, k) => {
    if (k > 0 && waits[k - 1] === wait) cut[cut.length - 1]!++;
    else cut.push(1);
  });
  return cut;
}

function dependentsOf(graph: Graph, nodes: readonly Node[]): ReadonlySet<Value> {
  const dependents = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((input) => dependents.has(input))) for (const output of outputs) dependents.add(output);
  }
  return dependents;
}

/** Columns of each share of the parts. */
function widthsOf(parts: readonly Value[], cut: Cut): readonly number[] {
  let part = 0;
  return cut.map((count) => {
    const own = parts.slice(part, (part += count));
    return own.reduce((sum, { shape }) => sum + shape[1]!, 0);
  });
}

function rowsOf(right: Value, heights: readonly number[]): readonly ValueLike[] {
  let row = 0;
  return heights.map((height) => {
    const starts = [row, 0];
    row += height;
    return slice(right, { starts, sizes: [height, right.shape[1]!], strides: [1, 1] });
  });
}

function sumOfParts(parts: readonly Value[], factors: readonly ValueLike[], cut: Cut): ValueLike {
  let part = 0;
  const products = cut.map((count, k) => {
    const own = parts.slice(part, (part += count));
    return matmul(own.length === 1 ? own[0]! : concat(own, { axis: 1 }), factors[k]!);
  });
  return products.reduce((sum, product) => add(sum, product));
}
