import type { KernelInput } from "../op.js";
import { elementCount, type Shape, stridesOf } from "../types.js";
import type { AttentionAttrs } from "./attention.js";

// Attention by plain loops, one query after another: what the kernels are held to.

/** The values and, for each query, the logarithm of its sum of exponentials. */
export function attentionOutputs(
  q: KernelInput,
  k: KernelInput,
  v: KernelInput,
  bias: KernelInput,
  attrs: AttentionAttrs,
): readonly Float64Array[] {
  const width = v.type.shape.at(-1)!;
  const out = new Float64Array(elementCount(q.type.shape.slice(0, -1)) * width);
  const logSum = new Float64Array(elementCount(q.type.shape.slice(0, -1)));
  eachQuery(q, k, bias, attrs, (query, scores, firstKey) => {
    // Not Math.max(-Infinity, ...scores): a long row would be too many arguments.
    const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    logSum[query] = largest;
    if (largest === -Infinity) return;
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    logSum[query] = largest + Math.log(total);
    for (const [key, score] of scores.entries()) {
      if (score === -Infinity) continue;
      const weight = Math.exp(score - largest) / total;
      addRow(out, query * width, weight, v.data, (firstKey + key) * width, width);
    }
  });
  return [out, logSum];
}

/** What the three gradient ops take, in their order. */
export type GradientInputs = readonly [
  q: KernelInput,
  k: KernelInput,
  v: KernelInput,
  bias: KernelInput,
  ct: KernelInput,
  logSum: KernelInput,
  shift: KernelInput,
];

/** The gradient to queries, keys or values. */
export function attentionGradient(
  of: "query" | "key" | "value",
  [q, k, v, bias, ct, logSum, shift]: GradientInputs,
  attrs: AttentionAttrs,
): Float64Array {
  const [depth, width] = [q.type.shape.at(-1)!, v.type.shape.at(-1)!];
  const wanted = { query: q, key: k, value: v }[of];
  const gradient = new Float64Array(elementCount(wanted.type.shape));
  eachQuery(q, k, bias, attrs, (query, scores, firstKey) => {
    for (const [number, score] of scores.entries()) {
      if (score === -Infinity) continue;
      const key = firstKey + number;
      const weight = Math.exp(score - logSum.data[query]!);
      if (of === "value") {
        addRow(gradient, key * width, weight, ct.data, query * width, width);
        continue;
      }
      const drawn = dot(ct.data, query * width, v.data, key * width, width);
      const slope = attrs.scale * weight * (drawn - shift.data[query]!);
      if (of === "query") addRow(gradient, query * depth, slope, k.data, key * depth, depth);
      else addRow(gradient, key * depth, slope, q.data, query * depth, depth);
    }
  });
  return gradient;
}

/** Calls `visit` with each query's number, its scores, and the number of its batch's first key. */
function eachQuery(
  q: KernelInput,
  k: KernelInput,
  bias: KernelInput,
  { scale, causal }: AttentionAttrs,
  visit: (query: number, scores: Float64Array, firstKey: number) => void,
): void {
  const [queries, depth] = q.type.shape.slice(-2) as [number, number];
  const keys = k.type.shape.at(-2)!;
  const total = elementCount(q.type.shape.slice(0, -1));
  const scores = new Float64Array(keys);
  const biasOf = stretched(bias, [...q.type.shape.slice(0, -1), keys]);
  for (let query = 0; query < total; query++) {
    const firstKey = Math.floor(query / queries) * keys;
    const seen = causal ? (query % queries) + 1 : keys;
    for (let key = 0; key < keys; key++) {
      const product = scale * dot(q.data, query * depth, k.data, (firstKey + key) * depth, depth);
      const added = biasOf(query * keys + key);
      // Out is out, even of a product that is NaN.
      scores[key] = key < seen && added !== -Infinity ? product + added : -Infinity;
    }
    visit(query, scores, firstKey);
  }
}

/** Elements of `x` by their numbers in what it stretches to. */
function stretched({ type, data }: KernelInput, shape: Shape): (number: number) => number {
  const own = [...Array<number>(shape.length - type.shape.length).fill(1), ...type.shape];
  const [strides, ownStrides] = [stridesOf(shape), stridesOf(own)];
  return (number) => {
    let at = 0;
    for (const [axis, size] of own.entries()) {
      if (size > 1) at += (Math.floor(number / strides[axis]!) % size) * ownStrides[axis]!;
    }
    return data[at]!;
  };
}

function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

function addRow(
  to: Float64Array,
  at: number,
  weight: number,
  from: Float64Array,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[at + i]! += weight * from[start + i]!;
}
