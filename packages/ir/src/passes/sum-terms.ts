import type { Node, Value } from "../graph.js";
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
