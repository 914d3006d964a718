import { copyNode } from "../autodiff/inline-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import { countUses, type Graph, type Node, type Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { matmul } from "../ops/matmul.js";
import { concat, slice, transpose } from "../ops/movement.js";
import { reshape } from "../ops/stretch.js";
import { cse } from "../passes/cse.js";
import { dropUnused } from "../passes/drop-unused.js";
import { matchOp } from "../passes/match-op.js";
import { withRecorder } from "../recorder.js";
import type { ValueLike } from "../types.js";
import { linearIndex, positionOf, symbol } from "./index-expr.js";
import { movementSources } from "./reads.js";

/** Products from which one over joined operands is worth the copies that join them. */
const WORTH_JOINING = 4;

/**
 * Makes one product of many, which is what an unrolled recurrent net is full of:
 *
 * - a sum of products, as the gradient of a weight that each step uses: `Σ aₜ·bₜ = [a₁ a₂ …]·[b₁; b₂; …]`;
 * - products with the same right operand, of which none needs another: `[a₁; a₂; …]·b`, the rows cut apart after.
 *
 * Sums are reassociated. Costs a copy of operands that do not lie one behind another, a dispatch for as many of them
 * as a kernel can bind. O(nodes × distinct right operands).
 */
export function joinProducts(graph: Graph): Graph {
  let current = rebuilt(graph, sumsOfProducts(graph));
  for (let joins = productsOfOneRight(current); joins.size > 0; joins = productsOfOneRight(current)) {
    current = rebuilt(current, joins);
  }
  return current;
}

/** Nodes that are made anew together, from values that must be there first. */
interface Join {
  readonly needs: readonly Value[];
  /** What stands for each old output. */
  make(now: (value: Value) => Value): ReadonlyMap<Value, ValueLike>;
}

// ---------------------------------------------------------------------------------------------------------------
// Sums of products

function sumsOfProducts(graph: Graph): Map<Node, Join> {
  const uses = countUses(graph);
  const isInner = new Set<Node>();
  const joins = new Map<Node, Join>();
  for (const node of graph.nodes.toReversed()) {
    if (node.op !== add || isInner.has(node)) continue;
    const { products, others } = termsOf(node, uses, isInner);
    if (products.length >= WORTH_JOINING) joins.set(node, sumJoin(node, products, others));
  }
  return joins;
}

/** The leaves of a tree of additions that nothing else reads: products that nothing else reads, and the rest. */
function termsOf(
  root: Node,
  uses: ReadonlyMap<Value, number>,
  isInner: Set<Node>,
): { products: Node[]; others: Value[] } {
  const [products, others]: [Node[], Value[]] = [[], []];
  const pending = [...root.inputs].reverse();
  for (let value = pending.pop(); value; value = pending.pop()) {
    const node = uses.get(value) === 1 ? value.node : null;
    if (node?.op === add) {
      isInner.add(node);
      pending.push(...[...node.inputs].reverse());
    } else if (node && isProduct(node)) products.push(node);
    else others.push(value);
  }
  return { products, others };
}

function sumJoin(root: Node, products: readonly Node[], others: readonly Value[]): Join {
  return {
    needs: [...products.flatMap(({ inputs }) => inputs), ...others],
    make(now) {
      const left = joined(
        products.map(({ inputs }) => now(inputs[0]!)),
        1,
      );
      const right = joined(
        products.map(({ inputs }) => now(inputs[1]!)),
        0,
      );
      const total = others.reduce<ValueLike>((sum, other) => add(sum, now(other)), matmul(left, right));
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
      const join = rowsJoin(right, group);
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

function rowsJoin(right: Value, products: readonly Node[]): Join {
  return {
    needs: [...products.map(({ inputs }) => inputs[0]!), right],
    make(now) {
      const rows = matmul(
        joined(
          products.map(({ inputs }) => now(inputs[0]!)),
          0,
        ),
        now(right),
      );
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

// ---------------------------------------------------------------------------------------------------------------
// Making graphs

/** Matrices side by side: as they lie in memory already, transposed as a whole, or copied. */
function joined(parts: readonly Value[], axis: 0 | 1): ValueLike {
  const turned = parts.map((part) => part.node && matchOp(part.node, transpose));
  if (turned.every((match) => match)) {
    const before = turned.map((match) => match!.inputs[0]!);
    return transpose(joined(before, axis === 0 ? 1 : 0), { perm: [1, 0] });
  }
  return (axis === 0 ? asOneRange(parts) : undefined) ?? concat(parts, { axis });
}

/** The matrices as one range of a tensor in which they follow each other. */
function asOneRange(parts: readonly Value[]): ValueLike | undefined {
  const ranges = parts.map(rangeOf);
  const [first] = ranges;
  let next = first?.start;
  for (const [k, range] of ranges.entries()) {
    if (!range || range.base !== first!.base || range.start !== next) return undefined;
    next += parts[k]!.size;
  }
  const { base, start } = first!;
  const size = next! - start;
  const flat = reshape(base, { shape: [base.size] });
  const range = size === base.size ? base : slice(flat, { starts: [start], sizes: [size], strides: [1] });
  const columns = parts[0]!.shape[1]!;
  return reshape(range, { shape: [size / columns, columns] });
}

/** The tensor of which a value is an unbroken run of elements, and where that starts. */
function rangeOf(value: Value): { base: Value; start: number } | undefined {
  const element = symbol("g", value.size);
  let base = value;
  let at = positionOf(element, value.shape);
  while (base.node?.op.kind === "movement") {
    const [source, ...others] = movementSources(base, at);
    if (!source || others.length > 0 || source.when!.length > 0) return undefined;
    [base, at] = [base.node.inputs[source.operand]!, source.at];
  }
  const linear = linearIndex(at, base.shape);
  const isRun = linear.high - linear.low === value.size - 1 && linear.terms.length === element.terms.length;
  return isRun && linear.terms.every(({ factor }) => factor === 1) ? { base, start: linear.low } : undefined;
}

/** The graph with nodes made anew, in an order in which what they need comes first. */
function rebuilt(graph: Graph, joins: ReadonlyMap<Node, Join>): Graph {
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
