import { type DType, encodeElements, numberFromHalf, type Shape } from "@weftjs/ir";
import { tensor } from "../functions/creation.js";
import type { Tensor } from "../tensor.js";

/** Elements as files have them: little-endian where nothing else is said, bools of one byte. */
export type ElementKind =
  | "bool" | "u8" | "i8" | "u16" | "i16" | "f16" | "bf16" | "u32" | "i32" | "f32" | "u64" | "i64" | "f64"; // prettier-ignore

interface Reading {
  readonly bytes: number;
  readonly dtype: DType;
  read(buffer: ArrayBuffer): ArrayLike<number>;
}

const KINDS: Readonly<Record<ElementKind, Reading>> = {
  bool: { bytes: 1, dtype: "bool", read: (buffer) => new Uint8Array(buffer) },
  u8: { bytes: 1, dtype: "int32", read: (buffer) => new Uint8Array(buffer) },
  i8: { bytes: 1, dtype: "int32", read: (buffer) => new Int8Array(buffer) },
  u16: { bytes: 2, dtype: "int32", read: (buffer) => new Uint16Array(buffer) },
  i16: { bytes: 2, dtype: "int32", read: (buffer) => new Int16Array(buffer) },
  f16: {
    bytes: 2,
    dtype: "float16",
    read: (buffer) => Float32Array.from(new Uint16Array(buffer), numberFromHalf),
  },
  bf16: { bytes: 2, dtype: "float32", read: fromBrainFloat },
  u32: { bytes: 4, dtype: "uint32", read: (buffer) => new Uint32Array(buffer) },
  i32: { bytes: 4, dtype: "int32", read: (buffer) => new Int32Array(buffer) },
  f32: { bytes: 4, dtype: "float32", read: (buffer) => new Float32Array(buffer) },
  u64: { bytes: 8, dtype: "uint32", read: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number) },
  i64: { bytes: 8, dtype: "int32", read: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number) },
  f64: { bytes: 8, dtype: "float32", read: (buffer) => new Float64Array(buffer) },
};

export function bytesOf(kind: ElementKind): number {
  return KINDS[kind].bytes;
}

/** How a tensor of this dtype is written. */
export const KIND_OF: Readonly<Record<DType, ElementKind>> = {
  float32: "f32",
  float16: "f16",
  int32: "i32",
  uint32: "u32",
  bool: "bool",
  float64: "f64",
};

/**
 * A tensor of these bytes. What no device has comes as the next that it has: float64 and bfloat16 as float32, short
 * integers as int32, 64-bit ones as their 32-bit kin. Null where one of them is too large for that.
 */
export function tensorOfBytes(
  bytes: Uint8Array,
  kind: ElementKind,
  shape: Shape,
  { isBigEndian = false }: { readonly isBigEndian?: boolean } = {},
): Tensor | null {
  const { bytes: size, dtype, read } = KINDS[kind];
  const own = new Uint8Array(bytes); // a copy even of a Buffer: aligned, and free to be turned round
  if (isBigEndian) for (let at = 0; at < own.length; at += size) own.subarray(at, at + size).reverse();
  const values = read(own.buffer);
  if (kind === "i64" && !isWithin(values, -(2 ** 31), 2 ** 31 - 1)) return null;
  if (kind === "u64" && !isWithin(values, 0, 2 ** 32 - 1)) return null;
  // Every reading gives a typed array, which is what `tensor` takes.
  return tensor(values as Float32Array, { dtype, shape });
}

/** The elements of a tensor as a file has them. Waits until they are computed. */
export async function bytesOfTensor(x: Tensor): Promise<Uint8Array> {
  const data = await x.data();
  const written = x.dtype === "float16" ? encodeElements(data, "float16") : data;
  return new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
}

function isWithin(values: ArrayLike<number>, low: number, high: number): boolean {
  for (let k = 0; k < values.length; k++) if (values[k]! < low || values[k]! > high) return false;
  return true;
}

/** bfloat16 is the upper half of a float32. */
function fromBrainFloat(buffer: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer);
}
