import { type DType, elementCount, type Shape, type TensorType } from "./types.js";

/** The elements of a tensor on the host: the typed array of its dtype. Bools are bytes of 0 and 1, float16 comes as float32. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
/** Elements as nested arrays, one level an axis; of a scalar the number itself. */
export type NestedNumbers = number | NestedNumbers[];

/** What is wrong with written elements: lists of other lengths than the first ones, or no number at all. */
export type WrittenFault =
  { readonly kind: "ragged" } | { readonly kind: "no number"; readonly value: unknown };

/** The shape that the nesting has, as far as the first elements tell. */
export function writtenShape(data: unknown): number[] {
  if (ArrayBuffer.isView(data)) return [(data as ArrayBufferView & ArrayLike<number>).length];
  if (!Array.isArray(data)) return [];
  return data.length === 0 ? [0] : [data.length, ...writtenShape(data[0])];
}

/** The numbers of nested arrays of this shape, row-major. Throws what `fail` makes of a fault. */
export function flattenWritten(
  data: unknown,
  shape: Shape,
  fail: (fault: WrittenFault) => Error,
): ArrayLike<number> {
  const values = new Float64Array(elementCount(shape));
  let at = 0;
  const walk = (part: unknown, axis: number): void => {
    const isList = Array.isArray(part) || ArrayBuffer.isView(part);
    if (isList !== axis < shape.length) throw fail({ kind: "ragged" });
    if (!isList) {
      if (typeof part !== "number" && typeof part !== "boolean")
        throw fail({ kind: "no number", value: part });
      values[at++] = Number(part);
      return;
    }
    const list = part as ArrayLike<unknown>;
    if (list.length !== shape[axis]) throw fail({ kind: "ragged" });
    for (let k = 0; k < list.length; k++) walk(list[k], axis + 1);
  };
  walk(data, 0);
  return values;
}

/** Elements as a device stores them: 32-bit words but for float16 and float64; bool is a word of 0 or 1. */
export function encodeElements(values: ArrayLike<number>, dtype: DType): ArrayBufferView {
  switch (dtype) {
    case "float32":
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case "int32":
      return values instanceof Int32Array ? values : Int32Array.from(values);
    case "uint32":
      return values instanceof Uint32Array ? values : Uint32Array.from(values);
    case "bool":
      return Uint32Array.from(values, (value) => (value ? 1 : 0));
    case "float64":
      return values instanceof Float64Array ? values : Float64Array.from(values);
    case "float16":
      return Uint16Array.from(values, halfFromNumber);
    default:
      return dtype satisfies never;
  }
}

/** The inverse of `encodeElements`, into an array of its own. */
export function decodeElements(bytes: ArrayBuffer, type: TensorType): TensorData {
  const count = elementCount(type.shape);
  switch (type.dtype) {
    case "float32":
      return new Float32Array(bytes, 0, count);
    case "int32":
      return new Int32Array(bytes, 0, count);
    case "uint32":
      return new Uint32Array(bytes, 0, count);
    case "bool":
      return Uint8Array.from(new Uint32Array(bytes, 0, count), (word) => (word ? 1 : 0));
    case "float64":
      return new Float64Array(bytes, 0, count);
    case "float16":
      return Float32Array.from(new Uint16Array(bytes, 0, count), numberFromHalf);
    default:
      return type.dtype satisfies never;
  }
}

/** Row-major elements as nested arrays. */
export function nestedElements(data: ArrayLike<number>, shape: Shape): NestedNumbers {
  let at = 0;
  const level = (axis: number): NestedNumbers => {
    if (axis === shape.length) return data[at++]!;
    return Array.from({ length: shape[axis]! }, () => level(axis + 1));
  };
  return level(0);
}

const words = new Uint32Array(1);
const single = new Float32Array(words.buffer);

/** IEEE 754 binary16, rounded to nearest even. */
function halfFromNumber(value: number): number {
  single[0] = value;
  const bits = words[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent <= 0) return sign | roundHalfEven(Math.abs(single[0]!) * 2 ** 24);
  // A carry out of the mantissa lands in the exponent, which is what rounding up means.
  return sign | roundHalfEven((exponent << 10) + mantissa / 8192);
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

export function numberFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
