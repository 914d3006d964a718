import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { softmax } from "./activations.js";
import { add, multiply } from "./arithmetic.js";
import { any } from "./reductions.js";
import { greaterEqual, logicalAnd, where } from "./compare.js";
import { positions } from "./creation.js";
import { matmul } from "./linear-algebra.js";
import { swapaxes } from "./shape.js";

/** What `scaledDotProductAttention` lets a query see, and how scores are scaled. */
export interface AttentionOptions {
  /** Each query sees the keys up to its own position: query 0 sees key 0. */
  readonly causal?: boolean;
  /** bool: what holds is seen; a float is added to the scores. Stretches to `[..., queries, keys]`. */
  readonly mask?: Tensor;
  /** Of the products; `1/√depth` where absent. */
  readonly scale?: number;
}

/**
 * `softmax(scale · q·kᵀ)·v` (Vaswani et al., arXiv 1706.03762). `q: [..., queries, depth]`, `k: [..., keys, depth]`,
 * `v: [..., keys, width]` give `[..., queries, width]`. A query that sees no key gives zeros.
 *
 * @throws W2108 fewer than two axes; W2004 depths or keys that differ; W2003 batches that do not broadcast.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { causal = false, mask, scale }: AttentionOptions = {},
): Tensor {
  const vector = [q, k, v].find((x) => x.ndim < 2);
  if (vector) throw notASequence(vector);
  const scores = multiply(matmul(q, swapaxes(k, -1, -2)), scale ?? 1 / Math.sqrt(q.shape.at(-1)!));
  const biased = mask && mask.dtype !== "bool" ? add(scores, mask) : scores;
  const seen = visible(biased, causal, mask?.dtype === "bool" ? mask : undefined);
  if (!seen) return matmul(softmax(biased), v);
  const weights = softmax(where(seen, biased, -Infinity));
  // Of a query that sees nothing the softmax is NaN; its weights are zeros, and so are their gradients.
  return matmul(where(any(seen, { axis: -1, keepdims: true }), weights, 0), v);
}

/** Which keys each query sees; undefined where it is all. */
function visible(scores: Tensor, causal: boolean, mask: Tensor | undefined): Tensor | undefined {
  if (!causal) return mask;
  const shape = scores.shape.slice(-2);
  const past = greaterEqual(positions(shape, 0), positions(shape, 1));
  return mask ? logicalAnd(mask, past) : past;
}

function notASequence(x: Tensor): Error {
  return userError({
    code: "W2108",
    message: `scaledDotProductAttention needs [..., length, depth], got ${formatType(x.type)}`,
    hint: "expandDims(x, 0) makes a sequence of one",
  });
}
