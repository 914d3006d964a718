import * as ir from "@weftjs/ir";
import {
  type DType,
  elementCount,
  encodeElements,
  flattenWritten,
  isFloat,
  type Shape,
  writtenShape,
} from "@weftjs/ir";
import { addToScope } from "../scope.js";
import { Tensor, UNBOUND } from "../tensor.js";
import { upload } from "../trace/allocate.js";
import { userError } from "../trace/user-error.js";
import { add, floor, multiply } from "./arithmetic.js";
import { equal, greaterEqual, where } from "./compare.js";
import { astype } from "./convert.js";
import { given, type Numeric } from "./numeric.js";

/** Nested arrays of numbers or booleans, a typed array, or one value. */
export type TensorLike =
  | number
  | boolean
  | readonly TensorLike[]
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** `float32` unless said otherwise. */
export interface DTypeOption {
  /** The type of the elements. */
  readonly dtype?: DType;
}

/**
 * A tensor of this data. The shape is that of the nesting, or `shape`, which must have as many elements. By default
 * booleans give bool, typed arrays of integers int32 (Uint32Array uint32), all else float32: numbers too, whole or not.
 *
 * @throws W2103 for ragged nesting or a shape of another size.
 */
export function tensor(data: TensorLike, options: DTypeOption & { readonly shape?: Shape } = {}): Tensor {
  const natural = writtenShape(data);
  const shape = [...(options.shape ?? natural)];
  const values = ArrayBuffer.isView(data) ? (data as ArrayLike<number>) : flatNumbers(data, natural);
  if (values.length !== elementCount(shape)) throw wrongCount(values.length, shape);
  const type = { dtype: options.dtype ?? naturalDType(data), shape };
  const made = new Tensor(type, null, null, UNBOUND, 0, null);
  made.settle(upload(encodeElements(values, type.dtype), type));
  addToScope(made);
  return made;
}

/** A tensor of zeros, float32 where nothing else is said. @throws W2010 for a shape that is none. */
export function zeros(shape: Shape, { dtype = "float32" }: DTypeOption = {}): Tensor {
  return full(shape, 0, { dtype });
}

/** A tensor of ones, float32 where nothing else is said. @throws W2010 for a shape that is none. */
export function ones(shape: Shape, { dtype = "float32" }: DTypeOption = {}): Tensor {
  return full(shape, 1, { dtype });
}

/** A tensor whose elements all are `value`, float32 where nothing else is said. @throws W2010 for a shape that is none. */
export function full(shape: Shape, value: number, { dtype = "float32" }: DTypeOption = {}): Tensor {
  return given(ir.constant({ value, dtype, shape }));
}

/** Zeros, of the shape and dtype of `x`. */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, x);
}

/** Ones, of the shape and dtype of `x`. */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, x);
}

/** The identity matrix of `n` rows, `[n, n]`, float32; with `columns`, `[n, columns]` with ones on the main diagonal. */
export function eye(
  n: number,
  { dtype = "float32", columns = n }: DTypeOption & { readonly columns?: number } = {},
): Tensor {
  const shape = [n, columns];
  return astype(equal(positions(shape, 0), positions(shape, 1)), dtype);
}

/** Ones on and below diagonal `k` of an `n` by `columns` matrix, zeros above; float32 where nothing else is said. */
export function tri(
  n: number,
  columns: number = n,
  k: number = 0,
  { dtype = "float32" }: DTypeOption = {},
): Tensor {
  const shape = [n, columns];
  return astype(greaterEqual(add(positions(shape, 0), k), positions(shape, 1)), dtype);
}

/** `x: [..., rows, columns]` with zeros above diagonal `k` of its last two axes. */
export function tril(x: Tensor, k: number = 0): Tensor {
  return where(tri(x.shape.at(-2)!, x.shape.at(-1)!, k, { dtype: "bool" }), x, zerosLike(x));
}

/** `x: [..., rows, columns]` with zeros below diagonal `k` of its last two axes. */
export function triu(x: Tensor, k: number = 0): Tensor {
  return where(tri(x.shape.at(-2)!, x.shape.at(-1)!, k - 1, { dtype: "bool" }), zerosLike(x), x);
}

/** `start, start + step, …` below `stop`; with one number, from 0 to it. int32 where all are whole, else float32. */
export function arange(start: number, stop?: number, step: number = 1, options: DTypeOption = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? "int32" : "float32");
  return inDType(dtype, scaled(given(ir.iota({ dtype, shape: [length], axis: 0 })), step, from));
}

/** `n` numbers from `start` to `stop`, both included, evenly apart; rounded down to integers where `dtype` is one. */
export function linspace(
  start: number,
  stop: number,
  n: number = 50,
  { dtype = "float32" }: DTypeOption = {},
): Tensor {
  const step = n > 1 ? (stop - start) / (n - 1) : 0;
  const position = positions([n], 0);
  const between = scaled(astype(position, isFloat(dtype) ? dtype : "float32"), step, start);
  // Rounding must not miss the end.
  const numbers = n > 1 ? where(equal(position, n - 1), stop, between) : between;
  return isFloat(dtype) ? numbers : astype(floor(numbers), dtype);
}

/** The position of each element along an axis, int32. */
export function positions(shape: Shape, axis: number): Tensor {
  return given(ir.iota({ dtype: "int32", shape, axis }));
}

/** Numbers that are no integers made `scaled` a float. */
function inDType(dtype: DType, x: Tensor): Tensor {
  return x.dtype === dtype ? x : astype(x, dtype);
}

function scaled(x: Tensor, factor: Numeric, offset: Numeric): Tensor {
  const stretched = factor === 1 ? x : multiply(x, factor);
  return offset === 0 ? stretched : add(stretched, offset);
}

function flatNumbers(data: TensorLike, shape: Shape): ArrayLike<number> {
  return flattenWritten(data, shape, (fault) =>
    fault.kind === "ragged" ? ragged(shape) : notANumber(fault.value),
  );
}

function naturalDType(data: TensorLike): DType {
  if (typeof data === "boolean") return "bool";
  if (typeof data === "number" || data instanceof Float32Array || data instanceof Float64Array)
    return "float32";
  if (data instanceof Uint32Array) return "uint32";
  if (ArrayBuffer.isView(data)) return "int32";
  return data.length === 0 ? "float32" : naturalDType(data[0]!);
}

function ragged(shape: Shape): Error {
  return userError({
    code: "W2103",
    message: "tensor needs nested arrays of equal lengths",
    notes: [`the first elements suggest shape [${shape.join(",")}]`],
  });
}

function notANumber(value: unknown): Error {
  return userError({
    code: "W2103",
    message: `tensor needs numbers, got ${value === null ? "null" : typeof value}`,
    hint: value instanceof Tensor ? "join tensors with stack or concat" : "convert it to a number first",
  });
}

function wrongCount(count: number, shape: Shape): Error {
  return userError({
    code: "W2103",
    message: `shape [${shape.join(",")}] has ${elementCount(shape)} elements, the data has ${count}`,
  });
}
