import { lift } from "../batching/lift.js";
import { WeftError } from "../errors.js";
import type { Value } from "../graph.js";
import type { AttentionTemplate, BatchContext, KernelOp, Sample, SampleOperand, VjpContext } from "../op.js";
import type { Callable, KernelSpec } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import {
  broadcastShapes,
  type DType,
  formatType,
  isFloat,
  type Operand,
  sameShape,
  type Shape,
  type TensorType,
  type ValueLike,
} from "../types.js";
import { multiply, subtract } from "./arithmetic.js";
import { attentionGradient, attentionOutputs } from "./attention-reference.js";
import {
  type AttentionOperands,
  joined,
  storedAttention,
  type StoredAttention,
  storedOutputs,
  throughScores,
} from "./attention-stored.js";
import { astype } from "./convert.js";
import { matmul, transposeLast } from "./matmul.js";
import { constant } from "./source.js";
import { reshape, sum, sumTo } from "./stretch.js";

/*
 * Attention whose weights are never in memory (Dao et al., FlashAttention, arXiv 2205.14135): each kernel computes the
 * scores it needs again, block by block, from queries and keys. What a gradient needs of the forward pass is the
 * logarithm of each query's sum of exponentials, and for each query the number that softmax's gradient subtracts.
 *
 * Derivatives of the first order stay in this form. The rules of the three gradient ops are written with ordinary ops
 * and hold the weights: second derivatives of attention are rare, and one more family of kernels is not worth them.
 */

export type AttentionAttrs = {
  /** Of the products of queries and keys. */
  readonly scale: number;
  /** Query i sees the keys up to i. */
  readonly causal?: boolean;
};

type Sequences = readonly ["q", "k", "v", "bias"];
type Backward = readonly ["q", "k", "v", "bias", "ct", "logSum", "shift"];

/**
 * `softmax(scale · q·kᵀ + bias)·v`, and for each query the logarithm of its sum of exponentials. `q: [..., m, d]`,
 * `k: [..., n, d]`, `v: [..., n, w]`, and `bias`, which stretches to `[..., m, n]`, give `[..., m, w]` and `[..., m]`, the second in float32 at
 * least. A key whose score is -Infinity has no part in the result, whatever its value is; a query all of whose scores
 * are gives zeros, and -Infinity. A query with a score that is NaN or +Infinity gives NaN.
 *
 * @throws W2038 operands that are not of one float dtype, or whose shapes do not fit.
 */
export const attention: KernelOp & Callable<Sequences, AttentionAttrs> = defineOp<Sequences, AttentionAttrs>({
  kind: "kernel",
  name: "attention",
  template: "attention",
  summary: "values weighted by the softmax of scaled products of queries and keys",
  operands: ["q", "k", "v", "bias"],
  defaults: { causal: false },
  infer([q, k, v, bias]) {
    checkSequences("attention", q, k, v, bias);
    return [{ dtype: q.dtype, shape: [...q.shape.slice(0, -1), v.shape.at(-1)!] }, perQuery(q)];
  },
  evaluate: ([q, k, v, bias], attrs) => attentionOutputs(q, k, v, bias, attrs),
  expand: (operands, attrs) => storedOutputs(operands, perQuery(operands.q.type).dtype, attrs),
  vjp({ q, k, v, bias }, { cts, outs, attrs, needs }) {
    const [out, logSum] = outs as readonly [Value, Value];
    const ct = cts[0] ?? constant({ value: 0, dtype: out.dtype, shape: out.shape });
    const wide = (x: ValueLike): ValueLike => astype(x, { dtype: logSum.dtype });
    const drawn = sum(multiply(wide(ct), wide(out)), { axes: [out.shape.length - 1] });
    const shift = cts[1] ? subtract(drawn, cts[1]) : drawn;
    const operands = [q, k, v, bias, ct, logSum, shift] as const;
    const given = { q, k, v, bias, ct, logSum, shift };
    return {
      q: needs[0] ? attentionQueryGradient(...operands, attrs) : undefined,
      k: needs[1] ? attentionKeyGradient(...operands, attrs) : undefined,
      v: needs[2] ? attentionValueGradient(...operands, attrs) : undefined,
      // As large as the weights in any case.
      bias: needs[3] ? sumTo(storedAttention(given, attrs).slopes, bias.shape) : undefined,
    };
  },
  batch: ({ q, k, v, bias }, context) => attention(...lifted([q, k, v, bias], context), context.attrs),
  samples: forwardSamples(),
});

type GradientOp = KernelOp & Callable<Backward, AttentionAttrs>;
type GradientRule = (
  stored: StoredAttention,
  ct: ValueLike,
) => AttentionOperands<Operand | undefined> & { readonly bias: ValueLike };

/** The gradient of `attention` to `q`, from that of its values, and for each query `logSum` and what is subtracted. */
export const attentionQueryGradient: GradientOp = gradientOp(
  "query",
  ({ slopes, wide, scale }) => multiply(matmul(slopes, wide.k), scale),
  (stored, ct) => {
    const { slopes, wide, scale } = stored;
    const through = throughScores(stored, multiply(matmul(ct, transposeLast(wide.k)), scale), undefined);
    const direct = multiply(matmul(transposeLast(slopes), ct), scale);
    return { ...through, k: joined(through.k, direct) };
  },
);

/** The gradient of `attention` to `k`; operands as of `attentionQueryGradient`. */
export const attentionKeyGradient: GradientOp = gradientOp(
  "key",
  ({ slopes, wide, scale }) => multiply(matmul(transposeLast(slopes), wide.q), scale),
  (stored, ct) => {
    const { slopes, wide, scale } = stored;
    const through = throughScores(stored, multiply(matmul(wide.q, transposeLast(ct)), scale), undefined);
    return { ...through, q: joined(through.q, multiply(matmul(slopes, ct), scale)) };
  },
);

/** The gradient of `attention` to `v`; operands as of `attentionQueryGradient`. */
export const attentionValueGradient: GradientOp = gradientOp(
  "value",
  ({ weights, wide }) => matmul(transposeLast(weights), wide.ct),
  (stored, ct) => {
    const { weights, wide } = stored;
    const through = throughScores(stored, undefined, matmul(wide.ct, transposeLast(ct)));
    return { ...through, ct: joined(through.ct, matmul(weights, ct)) };
  },
);

/**
 * One of the three, of the operands of `attention`, the cotangent of its values, and two numbers a query: by what is
 * summed where weights are in memory, and by its own gradients.
 */
function gradientOp(
  of: "query" | "key" | "value",
  sums: (stored: StoredAttention) => ValueLike,
  rule: GradientRule,
): GradientOp {
  const name = `attention${of[0]!.toUpperCase()}${of.slice(1)}Gradient`;
  const template: AttentionTemplate = `attention-${of}-gradient`;
  const position = { query: 0, key: 1, value: 2 }[of];
  const spec: KernelSpec<Backward, AttentionAttrs> = {
    kind: "kernel",
    name,
    template,
    summary: `the gradient of attention to its ${of === "query" ? "queries" : `${of}s`}`,
    operands: ["q", "k", "v", "bias", "ct", "logSum", "shift"],
    defaults: { causal: false },
    infer(types) {
      const [q, k, v, bias, ct, logSum, shift] = types;
      checkSequences(name, q, k, v, bias);
      checkCotangents(name, q, v, ct, logSum, shift);
      return types[position]!;
    },
    evaluate: (inputs, attrs) => [attentionGradient(of, inputs, attrs)],
    expand: (operands, attrs) => astype(sums(storedAttention(operands, attrs)), { dtype: operands.q.dtype }),
    vjp: (operands, { ct, attrs }: VjpContext<AttentionAttrs>) => {
      const stored = storedAttention(operands, attrs);
      const { dtype } = operands.logSum;
      const gradients = rule(stored, ct.dtype === dtype ? ct : astype(ct, { dtype }));
      return { ...gradients, bias: sumTo(gradients.bias, operands.bias.shape) };
    },
    batch: (operands, context) => {
      const { q, k, v, bias, ct, logSum, shift } = operands;
      return op(...lifted([q, k, v, bias, ct, logSum, shift], context), context.attrs);
    },
    samples: forwardSamples().map(withCotangents),
  };
  const op: GradientOp = defineOp<Backward, AttentionAttrs>(spec);
  return op;
}

type Lifted<T> = { [K in keyof T]: ValueLike };

/** All operands with the batch for their first axis, the bias with as many axes as the others. */
function lifted<const T extends readonly ValueLike[]>(
  operands: T,
  { batched, size }: BatchContext<AttentionAttrs>,
): Lifted<T> {
  const rank = operands[0]!.shape.length + (batched[0] ? 0 : 1);
  const made = operands.map((operand, k) => {
    if (k === BIAS) return batched[k] ? alignedBias(operand, rank) : operand;
    return batched[k] ? operand : lift(operand, size);
  });
  return made as unknown as Lifted<T>; // `map` forgets how many there are.
}

/** Where the bias stands among the operands. */
const BIAS = 3;

function alignedBias(bias: ValueLike, rank: number): ValueLike {
  const [size, ...shape] = bias.shape;
  const missing = Array<number>(rank - bias.shape.length).fill(1);
  return missing.length === 0 ? bias : reshape(bias, { shape: [size!, ...missing, ...shape] });
}

/** Sums over keys are kept in float32 at least: a float16 has no digits to spare for a logarithm. */
function perQuery(q: TensorType): TensorType {
  const dtype: DType = q.dtype === "float16" ? "float32" : q.dtype;
  return { dtype, shape: q.shape.slice(0, -1) };
}

function checkSequences(name: string, q: TensorType, k: TensorType, v: TensorType, bias: TensorType): void {
  const batch = q.shape.slice(0, -2);
  const [queries, depth] = q.shape.slice(-2);
  const [keys, width] = v.shape.slice(-2);
  const isOneFloat = isFloat(q.dtype) && [k, v, bias].every(({ dtype }) => dtype === q.dtype);
  const isFit =
    q.shape.length >= 2 &&
    v.shape.length >= 2 &&
    sameShape(k.shape, [...batch, keys!, depth!]) &&
    sameShape(v.shape, [...batch, keys!, width!]) &&
    stretchesTo(bias.shape, [...batch, queries!, keys!]) &&
    depth! > 0 &&
    width! > 0;
  if (isOneFloat && isFit) return;
  throw new WeftError({
    code: "W2038",
    message: `${name} needs q [..., m, d], k [..., n, d], v [..., n, w] and a bias that stretches to [..., m, n], of one float dtype, got ${[q, k, v, bias].map(formatType).join(", ")}`,
    hint: "stretch batches with broadcastTo, convert with astype; d and w are at least 1",
  });
}

function stretchesTo(from: Shape, to: Shape): boolean {
  const common = broadcastShapes(from, to);
  return common !== undefined && sameShape(common, to);
}

function checkCotangents(
  name: string,
  q: TensorType,
  v: TensorType,
  ct: TensorType,
  ...statistics: readonly TensorType[]
): void {
  const shape: Shape = [...q.shape.slice(0, -1), v.shape.at(-1)!];
  const { dtype, shape: queries } = perQuery(q);
  const isFit = statistics.every((type) => type.dtype === dtype && sameShape(type.shape, queries));
  if (ct.dtype === q.dtype && sameShape(ct.shape, shape) && isFit) return;
  throw new WeftError({
    code: "W2038",
    message: `${name} needs a cotangent like the values, ${formatType({ dtype: q.dtype, shape })}, and two numbers a query, ${formatType(perQuery(q))}, got ${[ct, ...statistics].map(formatType).join(", ")}`,
    hint: "it is made for the gradient of attention",
  });
}

/** Rows in fours and not, more keys than a tile, masked in part and whole, of one and of none. */
function forwardSamples(): Sample[] {
  const sample = (
    [batch, m, n, d, w]: readonly [Shape, number, number, number, number],
    attrs: AttentionAttrs,
    bias: Partial<SampleOperand> = {},
  ): Sample => ({
    operands: [
      { shape: [...batch, m, d] },
      { shape: [...batch, n, d] },
      { shape: [...batch, n, w] },
      { shape: [...batch, m, n], ...bias },
    ],
    attrs,
  });
  const out = -Infinity;
  return [
    sample([[], 2, 3, 3, 2], { scale: 0.5 }),
    sample([[], 2, 5, 4, 4], { scale: 1 }, { shape: [1, 5] }),
    sample([[2], 3, 4, 1, 1], { scale: 0.7, causal: true }, { shape: [] }),
    sample([[], 5, 5, 4, 1], { scale: 0.7, causal: true }),
    sample([[2, 2], 3, 2, 1, 1], { scale: 0.7, causal: true }, { shape: [2, 1, 3, 2] }),
    sample([[], 3, 2, 1, 2], { scale: 1 }, { data: [out, out, 0.5, out, 1, 0] }),
    sample([[1, 1], 1, 1, 1, 1], { scale: 2 }),
    sample([[], 2, 0, 2, 3], { scale: 1 }),
    sample([[], 0, 2, 2, 3], { scale: 1 }),
  ];
}

function withCotangents({ operands, attrs }: Sample): Sample {
  const [q, , v] = operands as readonly [SampleOperand, SampleOperand, SampleOperand];
  const queries = q.shape.slice(0, -1);
  return {
    operands: [...operands, { shape: [...queries, v.shape.at(-1)!] }, { shape: queries }, { shape: queries }],
    ...(attrs ? { attrs } : {}),
  };
}
