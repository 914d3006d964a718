import * as ir from "@weftjs/ir";
import { broadcastShapes, formatType, promoteDTypes, sameShape, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { where } from "./compare.js";
import { astype } from "./convert.js";
import { zeros } from "./creation.js";
import { given } from "./numeric.js";
import { toFloat } from "./reductions.js";

/** What `scaledDotProductAttention` lets a query see, and how scores are scaled. */
export interface AttentionOptions {
  /** Each query sees the keys up to its own position: query 0 sees key 0. */
  readonly causal?: boolean;
  /** bool: what holds is seen; a number is added to the scores. Stretches to `[..., queries, keys]`. */
  readonly mask?: Tensor;
  /** Of the products; `1/√depth` where absent. */
  readonly scale?: number;
}

/**
 * `softmax(scale · q·kᵀ)·v` (Vaswani et al., arXiv 1706.03762). `q: [..., queries, depth]`, `k: [..., keys, depth]`,
 * `v: [..., keys, width]` give `[..., queries, width]`; batches broadcast. The matrix of scores is never in memory,
 * forwards or backwards: only second derivatives, and the gradient to a mask, hold one.
 *
 * A key that is not seen has no part in the result, even if its value is NaN. A query that sees no key gives zeros, as in
 * PyTorch, and so does one whose scores are all -Infinity; gradients there are zeros. Of depth 0 all scores are equal.
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
  const batch = batchOf(q, k, v, mask);
  const [queries, depth] = q.shape.slice(-2) as [number, number];
  const [keys, width] = v.shape.slice(-2) as [number, number];
  if (k.shape.at(-1) !== depth || k.shape.at(-2) !== keys) throw sizesDiffer(q, k, v);
  const dtype = [q, k, v].map((x) => toFloat(x).dtype).reduce(promoteDTypes);
  const shape = [...batch, queries, width];
  if (width === 0) return zeros(shape, { dtype });
  const stretched = (x: Tensor, rows: number): Tensor => {
    const wanted = [...batch, rows, x.shape.at(-1)!];
    const converted = x.dtype === dtype ? x : astype(x, dtype);
    return sameShape(x.shape, wanted) ? converted : given(ir.broadcastTo(converted, { shape: wanted }));
  };
  const noDepth = (rows: number): Tensor => zeros([...batch, rows, 1], { dtype });
  const [values] = ir.attention(
    depth === 0 ? noDepth(queries) : stretched(q, queries),
    depth === 0 ? noDepth(keys) : stretched(k, keys),
    stretched(v, keys),
    biasOf(mask, dtype),
    { scale: scale ?? 1 / Math.sqrt(Math.max(1, depth)), causal },
  ) as unknown as readonly Tensor[]; // An op of two outputs gives a list of them.
  return values!;
}

/** What is added to the scores. */
function biasOf(mask: Tensor | undefined, dtype: ir.DType): Tensor {
  if (!mask) return zeros([], { dtype });
  return astype(mask.dtype === "bool" ? where(mask, 0, -Infinity) : mask, dtype);
}

function batchOf(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | undefined): Shape {
  const shapes = [q, k, v].map((x) => x.shape.slice(0, -2));
  const scores = [...(broadcastShapes(...shapes) ?? []), q.shape.at(-2)!, k.shape.at(-2)!];
  const all = broadcastShapes(...shapes, mask ? mask.shape.slice(0, -2) : []);
  const fits =
    !mask || broadcastShapes(mask.shape.slice(-2), scores.slice(-2))?.join() === scores.slice(-2).join();
  if (all && fits) return all;
  const types = [q, k, v, ...(mask ? [mask] : [])].map((x) => formatType(x.type));
  throw userError({
    code: "W2003",
    message: `scaledDotProductAttention cannot broadcast the batches of ${types.join(", ")}`,
    hint: "all axes but the last two must be equal or 1; a mask stretches to [..., queries, keys]",
  });
}

function sizesDiffer(q: Tensor, k: Tensor, v: Tensor): Error {
  return userError({
    code: "W2004",
    message: `scaledDotProductAttention needs queries and keys of one depth and as many keys as values, got ${[q, k, v].map((x) => formatType(x.type)).join(", ")}`,
    hint: "q is [..., queries, depth], k [..., keys, depth], v [..., keys, width]",
  });
}

function notASequence(x: Tensor): Error {
  return userError({
    code: "W2108",
    message: `scaledDotProductAttention needs [..., length, depth], got ${formatType(x.type)}`,
    hint: "expandDims(x, 0) makes a sequence of one",
  });
}
