/** Element types. `float64` exists on the cpu device only; `bool` occupies one 32-bit word an element on a GPU. */
export const DTYPES = ["float32", "float16", "int32", "uint32", "bool", "float64"] as const;
/** The name of an element type. */
export type DType = (typeof DTYPES)[number];

export const FLOATS: readonly DType[] = ["float32", "float16", "float64"];
export const INTEGERS: readonly DType[] = ["int32", "uint32"];
export const BOOLS: readonly DType[] = ["bool"];
export const NUMBERS: readonly DType[] = [...FLOATS, ...INTEGERS];
export const ANY_DTYPE: readonly DType[] = [...NUMBERS, ...BOOLS];

/** The size of each axis; empty for a scalar. */
export type Shape = readonly number[];

/** What is known of a value before it is computed. Row-major; an empty shape is a scalar. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Anything an op accepts that is not a number: a graph value, a tensor, a tracer. */
export interface ValueLike {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One operand of an op call. A number takes the dtype of the tensors it meets. */
export type Operand = ValueLike | number;

const SHORT_NAMES: Record<DType, string> = {
  float32: "f32",
  float16: "f16",
  int32: "i32",
  uint32: "u32",
  bool: "bool",
  float64: "f64",
};

/** `f32`, `i32`, …: the names used in IR text and in messages. */
export function shortDType(dtype: DType): string {
  return SHORT_NAMES[dtype];
}

export function dtypeFromShort(name: string): DType | undefined {
  return DTYPES.find((dtype) => SHORT_NAMES[dtype] === name);
}

/** `f32[2,3]`. */
export function formatType(type: TensorType): string {
  return `${SHORT_NAMES[type.dtype]}[${type.shape.join(",")}]`;
}

export function isFloat(dtype: DType): boolean {
  return FLOATS.includes(dtype);
}

export function isInteger(dtype: DType): boolean {
  return INTEGERS.includes(dtype);
}

/** Whether a whole number is one of a dtype; fractions meet floats, and floats hold whatever is near. */
export function holds(dtype: DType, value: number): boolean {
  if (dtype === "int32") return value >= -(2 ** 31) && value < 2 ** 31;
  return dtype !== "uint32" || (value >= 0 && value < 2 ** 32);
}

export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Bytes of one element as a GPU buffer stores it. */
export function bytesPerElement(dtype: DType): number {
  switch (dtype) {
    case "float16":
      return 2;
    case "float64":
      return 8;
    case "float32":
    case "int32":
    case "uint32":
    case "bool":
      return 4;
    default:
      return dtype satisfies never;
  }
}

/** Bytes of a tensor's buffer; never 0 and a multiple of 4, as WebGPU wants of a binding and a copy. */
export function byteLength(type: TensorType): number {
  return Math.max(4, Math.ceil((elementCount(type.shape) * bytesPerElement(type.dtype)) / 4) * 4);
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** Elements to step over for one step along each axis, row-major. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** NumPy's rule: align at the last axis; a size of 1 stretches. Undefined where the shapes do not fit. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape | undefined {
  let result = shapes[0] ?? [];
  for (let k = 1; k < shapes.length; k++) {
    const merged = broadcastPair(result, shapes[k]!);
    if (!merged) return undefined;
    result = merged;
  }
  return result;
}

function broadcastPair(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const sizeA = a[a.length - i] ?? 1;
    const sizeB = b[b.length - i] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return undefined;
    shape[rank - i] = sizeA === 1 ? sizeB : sizeA;
  }
  return shape;
}

/** The dtype two operands meet in: bool < uint32 < int32 < float16 < float32 < float64. */
export function promoteDTypes(a: DType, b: DType): DType {
  return PROMOTION.indexOf(a) >= PROMOTION.indexOf(b) ? a : b;
}
const PROMOTION: readonly DType[] = ["bool", "uint32", "int32", "float16", "float32", "float64"];
