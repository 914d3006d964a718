import { countUses, type Graph, type Node, type Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";

/** What a tree of additions adds up, in order. */
export interface SumTerms {
  readonly terms: readonly Value[];
  /** The additions below the root. Nothing outside the tree reads them. */
  readonly inner: readonly Node[];
}

/** The leaves of the largest tree of additions with this root whose inner sums nothing else reads. */
export function sumTerms(root: Node, uses: ReadonlyMap<Value, number>): SumTerms {
  const terms: Value[] = [];
  const inner: Node[] = [];
  const pending = [...root.inputs].reverse();
  for (let value = pending.pop(); value; value = pending.pop()) {
    const node = uses.get(value) === 1 ? value.node : null;
    if (node?.op === add) {
      inner.push(node);
      pending.push(...[...node.inputs].reverse());
    } else terms.push(value);
  }
  return { terms, inner };
}

/** A sum with terms of one kind that nothing else reads. */
export interface SumOfSome {
  readonly root: Node;
  /** What made those terms, in the order of the sum. */
  readonly own: readonly Node[];
  readonly others: readonly Value[];
}

/** The largest sums of a graph that have terms of a kind. O(nodes). */
export function sumsOfSome(graph: Graph, isOfKind: (node: Node) => boolean): SumOfSome[] {
  const uses = countUses(graph);
  const isInner = new Set<Node>();
  const sums: SumOfSome[] = [];
  for (const root of graph.nodes.toReversed()) {
    if (root.op !== add || isInner.has(root)) continue;
    const { terms, inner } = sumTerms(root, uses);
    for (const sum of inner) isInner.add(sum);
    const isOwn = (term: Value): boolean => uses.get(term) === 1 && term.node !== null && isOfKind(term.node);
    const own = terms.filter(isOwn).map(({ node }) => node!);
    if (own.length > 0) sums.push({ root, own, others: terms.filter((term) => !isOwn(term)) });
  }
  return sums;
}
