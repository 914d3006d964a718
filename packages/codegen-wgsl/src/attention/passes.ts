import type { AttentionDomain, Value } from "@weftjs/ir";

/**
 * The four kernels of attention are one loop: for each row on one side, over all rows of the other, scores, weights,
 * and a sum of the other side's vectors. They differ in which side is which, in whether weights meet a second product,
 * and in what is summed.
 */
export interface AttentionPass {
  /** Whether the rows are queries, and the loop is over keys. */
  readonly isByQuery: boolean;
  /** The vectors whose products are the scores, each `depth` long. */
  readonly outer: Value;
  readonly inner: Value;
  /** Those whose products pull at the weights, each `width` long; null where weights are summed as they are. */
  readonly pull: { readonly outer: Value; readonly inner: Value } | null;
  /** What is summed, by weight or by weight times pull. */
  readonly summed: Value;
  /** Other vectors of the inner side that the loop reads, beside `inner`. */
  readonly other: Value;
  /** The logarithms and shifts of queries; null in the forward pass, which finds the first. */
  readonly statistics: { readonly logSum: Value; readonly shift: Value } | null;
}

export function attentionPass({ template, node }: AttentionDomain): AttentionPass {
  const [q, k, v, , ct, logSum, shift] = node.inputs as readonly Value[] as readonly [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  const statistics = { logSum, shift };
  switch (template) {
    case "attention":
      return { isByQuery: true, outer: q, inner: k, pull: null, summed: v, other: v, statistics: null };
    case "attention-query-gradient": {
      const pull = { outer: ct, inner: v };
      return { isByQuery: true, outer: q, inner: k, pull, summed: k, other: v, statistics };
    }
    case "attention-key-gradient": {
      const pull = { outer: v, inner: ct };
      return { isByQuery: false, outer: k, inner: q, pull, summed: q, other: ct, statistics };
    }
    case "attention-value-gradient":
      return { isByQuery: false, outer: k, inner: q, pull: null, summed: ct, other: ct, statistics };
    default:
      return template satisfies never;
  }
}
