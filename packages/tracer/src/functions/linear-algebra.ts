import * as ir from "@weftjs/ir";
import { broadcastShapes, elementCount, formatType, promoteDTypes, sameShape, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add, multiply } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import { equal, where } from "./compare.js";
import { astype } from "./convert.js";
import { positions } from "./creation.js";
import { given } from "./numeric.js";
import { sum, toFloat } from "./reductions.js";
import { expandDims, reshape, squeeze, transpose } from "./shape.js";

/**
 * The matrix product, as NumPy's `@`: `a: [...batch, m, k]`, `b: [...batch, k, n]` give `[...batch, m, n]`. Batches
 * broadcast; a vector stands for a row on the left, for a column on the right. Integers become float32.
 *
 * @throws W2004 inner sizes differ; W2003 batches that do not broadcast; W2108 for a scalar.
 */
export function matmul(left: Tensor, right: Tensor): Tensor {
  if (left.ndim === 0 || right.ndim === 0) throw scalarOperand(left, right);
  const [a, b] = sameFloats(left, right);
  const rows = a.ndim === 1 ? expandDims(a, 0) : a;
  const columns = b.ndim === 1 ? expandDims(b, 1) : b;
  const product = matrices(rows, columns);
  const vanishing = [...(a.ndim === 1 ? [-2] : []), ...(b.ndim === 1 ? [-1] : [])];
  return vanishing.length > 0 ? squeeze(product, vanishing) : product;
}

/**
 * NumPy's dot: of vectors the inner product, of matrices the product, with a scalar the multiple; sums over the last axis
 * of `a` and the second last of `b`. Products of integers are float32, multiples keep their dtype.
 *
 * @throws W2004 sizes that differ.
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) return multiply(a, b);
  if (a.ndim <= 2 && b.ndim <= 2) return matmul(a, b);
  return tensordot(a, b, [[a.ndim - 1], [Math.max(0, b.ndim - 2)]]);
}

/** Every product of an element of `a` with one of `b`: `[a.size, b.size]`, in their common dtype. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return multiply(reshape(a, [-1, 1]), reshape(b, [1, -1]));
}

/**
 * Sums products over pairs of axes: the last `axes` of `a` with the first of `b`, or two lists of axes.
 *
 * @throws W2004 pairs of different sizes.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  const counts = (count: number, from: number): number[] => Array.from({ length: count }, (_, k) => from + k);
  const [ofA, ofB] = typeof axes === "number" ? [counts(axes, a.ndim - axes), counts(axes, 0)] : axes;
  const summedA = ofA.map((axis) => axisOf("tensordot", axis, a));
  const summedB = ofB.map((axis) => axisOf("tensordot", axis, b));
  if (!sameShape(sizesOf(a, summedA), sizesOf(b, summedB))) throw summedDiffer(a, b, summedA, summedB);
  const keptA = [...a.shape.keys()].filter((axis) => !summedA.includes(axis));
  const keptB = [...b.shape.keys()].filter((axis) => !summedB.includes(axis));
  const rows = reshape(transpose(a, [...keptA, ...summedA]), [
    elementCount(sizesOf(a, keptA)),
    elementCount(sizesOf(a, summedA)),
  ]);
  const columns = reshape(transpose(b, [...summedB, ...keptB]), [
    elementCount(sizesOf(b, summedB)),
    elementCount(sizesOf(b, keptB)),
  ]);
  return reshape(matmul(rows, columns), [...sizesOf(a, keptA), ...sizesOf(b, keptB)]);
}

function sizesOf(x: Tensor, axes: readonly number[]): number[] {
  return axes.map((axis) => x.shape[axis]!);
}

/** The elements on diagonal `offset` of the first two axes, along a last axis: `[rows, columns, ...]` gives `[..., n]`. @throws W2108 */
export function diagonal(x: Tensor, offset: number = 0): Tensor {
  const [rows, columns, ...rest] = x.shape;
  if (rows === undefined || columns === undefined) throw tooFewAxes("diagonal", x);
  const length = Math.max(0, Math.min(rows + Math.min(0, offset), columns - Math.max(0, offset)));
  // In a matrix laid out in a row, neighbours on a diagonal are one row and one place apart.
  const flat = reshape(x, [rows * columns, ...rest]);
  const start = length === 0 ? 0 : Math.max(0, offset) + Math.max(0, -offset) * columns;
  const picked = given(
    ir.slice(flat, {
      starts: [start, ...rest.map(() => 0)],
      sizes: [length, ...rest],
      strides: [columns + 1, ...rest.map(() => 1)],
    }),
  );
  return transpose(picked, [...rest.map((_, k) => k + 1), 0]);
}

/** The sum of the elements on diagonal `offset` of the first two axes: `[rows, columns, ...]` gives `[...]`. @throws W2108 */
export function trace(x: Tensor, offset: number = 0): Tensor {
  if (x.ndim < 2) throw tooFewAxes("trace", x);
  const matrix = [x.shape[0]!, x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  const isOn = equal(positions(matrix, 1), add(positions(matrix, 0), offset));
  return sum(where(isOn, x, 0), { axis: [0, 1] });
}

/** The product of tensors with at least two axes. A batch that the right operand has no part in joins the rows. */
function matrices(a: Tensor, b: Tensor): Tensor {
  if (b.ndim === 2 && a.ndim > 2) {
    const rows = reshape(a, [elementCount(a.shape.slice(0, -1)), a.shape.at(-1)!]);
    return reshape(given(ir.matmul(rows, b)), [...a.shape.slice(0, -1), b.shape.at(-1)!]);
  }
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShapes(batchA, batchB);
  if (!batch) throw batchesDiffer(a, b);
  return given(ir.matmul(stretched(a, batch), stretched(b, batch)));
}

function stretched(x: Tensor, batch: Shape): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  return x.ndim === shape.length && shape.every((size, k) => size === x.shape[k])
    ? x
    : given(ir.broadcastTo(x, { shape }));
}

function sameFloats(left: Tensor, right: Tensor): readonly [Tensor, Tensor] {
  const [a, b] = [toFloat(left), toFloat(right)];
  if (a.dtype === b.dtype) return [a, b];
  const dtype = promoteDTypes(a.dtype, b.dtype);
  return [astype(a, dtype), astype(b, dtype)];
}

function summedDiffer(a: Tensor, b: Tensor, ofA: readonly number[], ofB: readonly number[]): Error {
  return userError({
    code: "W2004",
    message: `tensordot sums over pairs of axes of equal sizes, got sizes [${sizesOf(a, ofA).join(",")}] and [${sizesOf(b, ofB).join(",")}]`,
    notes: [`left operand is ${formatType(a.type)}, right operand is ${formatType(b.type)}`],
  });
}

function scalarOperand(a: Tensor, b: Tensor): Error {
  return userError({
    code: "W2108",
    message: `matmul needs tensors with axes, got ${formatType(a.type)} and ${formatType(b.type)}`,
    hint: "multiply by a scalar with mul",
  });
}

function tooFewAxes(name: string, x: Tensor): Error {
  return userError({ code: "W2108", message: `${name} needs two axes or more, got ${formatType(x.type)}` });
}

function batchesDiffer(a: Tensor, b: Tensor): Error {
  return userError({
    code: "W2003",
    message: `matmul cannot broadcast the batches of ${formatType(a.type)} and ${formatType(b.type)}`,
    hint: "all axes but the last two must be equal or 1",
  });
}
