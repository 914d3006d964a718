import type { Graph, Node, Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { matmul } from "../ops/matmul.js";
import { concat, slice, transpose } from "../ops/movement.js";
import { matchOp } from "../passes/match-op.js";
import type { ValueLike } from "../types.js";
import { sumsOfSome } from "../passes/sum-terms.js";
import { type Join, withJoins } from "./with-joins.js";
import { sideBySide } from "./side-by-side.js";

/** Products from which one over joined operands is worth the copies that join them. */
const WORTH_JOINING = 4;

/**
 * Makes one product of many, which is what an unrolled recurrent net is full of:
 *
 * - a sum of products, as the gradient of a weight that each step uses: `Σ aₜ·bₜ = [a₁ a₂ …]·[b₁; b₂; …]`;
 * - products with the same right operand, of which none needs another: `[a₁; a₂; …]·b`, the rows cut apart after.
 *
 * Sums are reassociated. What lies side by side is joined in the order of time, so that one tensor in memory serves
 * several products. O(nodes × distinct right operands).
 */
export function joinProducts(graph: Graph): Graph {
  let current = withJoins(graph, sumsOfProducts(graph));
  for (let joins = productsOfOneRight(current); joins.size > 0; joins = productsOfOneRight(current)) {
    current = withJoins(current, joins);
  }
  return current;
}

// ---------------------------------------------------------------------------------------------------------------
// Sums of products

function sumsOfProducts(graph: Graph): Map<Node, Join> {
  const order = new Map(graph.nodes.map((node, position) => [node, position]));
  const joins = new Map<Node, Join>();
  for (const { root, own, others } of sumsOfSome(graph, isProduct)) {
    if (own.length < WORTH_JOINING) continue;
    // A gradient is summed from the last step to the first, what it is made of was computed from the first on.
    const products = [...own].sort((a, b) => madeAt(a.inputs[0]!, order) - madeAt(b.inputs[0]!, order));
    joins.set(root, sumJoin(root, products, others));
  }
  return joins;
}

/** Position of the node that gives a value, but for a transpose, which a gradient may have added later. */
function madeAt(value: Value, order: ReadonlyMap<Node, number>): number {
  const before = matchOp(value, transpose)?.inputs[0] ?? value;
  const isThere = !before.node || before.node.op.kind === "source"; // Parameters, and the state before the first step.
  return isThere ? -1 : order.get(before.node!)!;
}

function sumJoin(root: Node, products: readonly Node[], others: readonly Value[]): Join {
  return {
    needs: [...products.flatMap(({ inputs }) => inputs), ...others],
    make(now) {
      const operands = (k: 0 | 1): Value[] => products.map(({ inputs }) => now(inputs[k]!));
      const joined = matmul(sideBySide(operands(0), 1), sideBySide(operands(1), 0));
      const total = others.reduce<ValueLike>((sum, other) => add(sum, now(other)), joined);
      return new Map([[root.outputs[0]!, total]]);
    },
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Products with one right operand

/** Those of one right operand: joining them may make others need each other. Ends, as each join leaves fewer. */
function productsOfOneRight(graph: Graph): Map<Node, Join> {
  const byRight = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    if (!isProduct(node)) continue;
    const right = node.inputs[1]!;
    byRight.set(right, [...(byRight.get(right) ?? []), node]);
  }
  for (const [right, products] of byRight) {
    if (products.length < WORTH_JOINING) continue;
    const joins = new Map<Node, Join>();
    for (const group of independent(graph, products)) {
      if (group.length < WORTH_JOINING) continue;
      const join = rowsJoin(right, asJoinedBefore(graph, group));
      for (const product of group) joins.set(product, join);
    }
    if (joins.size > 0) return joins;
  }
  return new Map();
}

/** Products by how many others are on the longest way to them: in one class none needs another. */
function independent(graph: Graph, products: readonly Node[]): readonly Node[][] {
  const isMember = new Set(products);
  const depths = new Map<Value, number>();
  const classes: Node[][] = [];
  for (const node of graph.nodes) {
    const depth = node.inputs.reduce((most, input) => Math.max(most, depths.get(input) ?? 0), 0);
    if (isMember.has(node)) (classes[depth] ??= []).push(node);
    for (const output of node.outputs) depths.set(output, depth + (isMember.has(node) ? 1 : 0));
  }
  return classes;
}

/** The products in the order in which their rows lie one behind another already, if they do. */
function asJoinedBefore(graph: Graph, products: readonly Node[]): readonly Node[] {
  const rows = new Set(products.map(({ inputs }) => inputs[0]!));
  const joined = graph.nodes.find(({ op, attrs, inputs }) => {
    return op === concat && attrs.axis === 0 && inputs.filter((part) => rows.has(part)).length >= rows.size;
  });
  const at = (product: Node): number => joined!.inputs.indexOf(product.inputs[0]!);
  return joined ? [...products].sort((a, b) => at(a) - at(b)) : products;
}

function rowsJoin(right: Value, products: readonly Node[]): Join {
  return {
    needs: [...products.map(({ inputs }) => inputs[0]!), right],
    make(now) {
      const left = products.map(({ inputs }) => now(inputs[0]!));
      const rows = matmul(sideBySide(left, 0), now(right));
      let from = 0;
      const parts = products.map(({ outputs }) => {
        const [output] = outputs;
        const part = slice(rows, { starts: [from, 0], sizes: output!.shape, strides: [1, 1] });
        from += output!.shape[0]!;
        return [output!, part] as const;
      });
      return new Map(parts);
    },
  };
}

function isProduct(node: Node): boolean {
  return node.op === matmul && node.outputs[0]!.shape.length === 2 && node.outputs[0]!.size > 0;
}
