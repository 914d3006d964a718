import { lift } from "../batching/lift.js";
import { WeftError } from "../errors.js";
import type { KernelInput, KernelOp } from "../op.js";
import type { Callable, NoAttrs } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import {
  elementCount,
  formatType,
  isFloat,
  sameShape,
  type Shape,
  type TensorType,
  type ValueLike,
} from "../types.js";
import { add } from "./arithmetic.js";
import { transpose } from "./movement.js";
import { reshape } from "./stretch.js";

/**
 * Matrix product. `a: [...batch, m, k]`, `b: [...batch, k, n]` with equal batch axes give `[...batch, m, n]`.
 *
 * @throws W2004 inner sizes differ; W2005 not one float dtype; W2019 fewer than 2 axes, or batches that differ.
 */
export const matmul: KernelOp & Callable<["a", "b"], NoAttrs> = defineOp({
  kind: "kernel",
  name: "matmul",
  template: "matmul",
  summary: "the matrix product of the last two axes",
  operands: ["a", "b"],
  infer([a, b]) {
    checkOperands(a, b);
    return { dtype: a.dtype, shape: [...a.shape.slice(0, -1), b.shape.at(-1)!] };
  },
  evaluate: ([a, b]) => [product(a, b)],
  vjp: ({ a, b }, { ct, needs }) => ({
    a: needs[0] ? matmul(ct, transposeLast(b)) : undefined,
    b: needs[1] ? matmul(transposeLast(a), ct) : undefined,
  }),
  // The product rule.
  jvp({ a, b }, tangents) {
    const left = tangents.a && matmul(tangents.a, b);
    const right = tangents.b && matmul(a, tangents.b);
    return left && right ? add(left, right) : (left ?? right);
  },
  batch({ a, b }, { batched, size }) {
    if (!batched[1] && b.shape.length === 2) return rowsTimes(a, b);
    return matmul(batched[0] ? a : lift(a, size), batched[1] ? b : lift(b, size));
  },
  samples: [
    { operands: [{ shape: [2, 3] }, { shape: [3, 4] }] },
    { operands: [{ shape: [2, 1, 3] }, { shape: [2, 3, 2] }] },
    { operands: [{ shape: [1, 1] }, { shape: [1, 1] }] },
    { operands: [{ shape: [2, 0] }, { shape: [0, 3] }] },
    { operands: [{ shape: [0, 2] }, { shape: [2, 3] }] },
  ],
});

/** A batch of matrices with one matrix: a single product, of all their rows. */
function rowsTimes(a: ValueLike, b: ValueLike): ValueLike {
  const [size, m, k] = a.shape as [number, number, number];
  const rows = matmul(reshape(a, { shape: [size * m, k] }), b);
  return reshape(rows, { shape: [size, m, b.shape[1]!] });
}

/** The last two axes exchanged. */
export function transposeLast(x: ValueLike): ValueLike {
  const rank = x.shape.length;
  return transpose(x, { perm: [...Array(rank - 2).keys(), rank - 1, rank - 2] });
}

function checkOperands(a: TensorType, b: TensorType): void {
  const notes = [`left operand is ${formatType(a)}, right operand is ${formatType(b)}`];
  if (a.dtype !== b.dtype || !isFloat(a.dtype)) {
    throw new WeftError({
      code: "W2005",
      message: `matmul needs operands of one float dtype, got ${a.dtype} and ${b.dtype}`,
      notes,
      hint: 'convert with astype(x, "float32")',
    });
  }
  if (a.shape.length < 2 || b.shape.length < 2 || !sameShape(batchOf(a), batchOf(b))) {
    throw new WeftError({
      code: "W2019",
      message: `matmul needs two matrices or equal batches of them, got shapes [${a.shape.join(",")}] and [${b.shape.join(",")}]`,
      notes,
      hint: "all axes but the last two must be equal: use reshape or broadcastTo",
    });
  }
  const [inner, other] = [a.shape.at(-1)!, b.shape.at(-2)!];
  if (inner === other) return;
  const [fitsRight, fitsLeft] = [b.shape.at(-1) === inner, a.shape.at(-2) === other];
  throw new WeftError({
    code: "W2004",
    message: `matmul needs equal inner sizes, got ${inner} and ${other}`,
    notes,
    ...(fitsRight || fitsLeft ? { hint: `transpose the ${fitsRight ? "right" : "left"} operand` } : {}),
  });
}

function batchOf(type: TensorType): Shape {
  return type.shape.slice(0, -2);
}

function product(a: KernelInput, b: KernelInput): Float64Array {
  const [m, k] = a.type.shape.slice(-2) as [number, number];
  const n = b.type.shape.at(-1)!;
  const rows = elementCount(batchOf(a.type)) * m;
  const out = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    const left = a.data.subarray(row * k, (row + 1) * k);
    const matrix = Math.floor(row / m) * k * n;
    addRowProduct(left, b.data.subarray(matrix, matrix + k * n), out.subarray(row * n, (row + 1) * n));
  }
  return out;
}

/**
 * Adds the product of one row with a matrix to `out`. Four rows of the matrix at a time: memory is walked
 * forwards and each sum is loaded and stored once for four products, three times as fast as one by one.
 */
function addRowProduct(row: Float64Array, matrix: Float64Array, out: Float64Array): void {
  const n = out.length;
  let k = 0;
  for (; k + 3 < row.length; k += 4) {
    const [w0, w1, w2, w3] = [row[k]!, row[k + 1]!, row[k + 2]!, row[k + 3]!];
    for (let j = 0, at = k * n; j < n; j++, at++) {
      out[j]! +=
        w0 * matrix[at]! + w1 * matrix[at + n]! + w2 * matrix[at + 2 * n]! + w3 * matrix[at + 3 * n]!;
    }
  }
  for (; k < row.length; k++) {
    const weight = row[k]!;
    for (let j = 0, at = k * n; j < n; j++, at++) out[j]! += weight * matrix[at]!;
  }
}
