import type { ScalarOps } from "../scalar.js";
import type { DType } from "../types.js";
import { reinterpret } from "./reinterpret.js";
import { erf, erfc, erfinv, floorMod, pow, roundHalfEven } from "./special-functions.js";

/**
 * The scalar functions on JavaScript numbers. Floats of every width are computed as float64; integers wrap as
 * 32-bit ones do; bools are 0 and 1. A rule computes in the dtype its operands met in: what it casts it may
 * select, compare and return, but not calculate with as if it were of the new dtype.
 */
export function numberScalars(dtype: DType): ScalarOps<number> {
  return TABLES[dtype];
}

const truth = (holds: boolean): number => (holds ? 1 : 0);

const asFloat: Omit<ScalarOps<number>, "dtype"> = {
  literal: (value, dtype) => wrap(value, dtype),
  cast: saturate,
  select: (condition, ifTrue, ifFalse) => (condition === 0 ? ifFalse : ifTrue),

  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  erfc,
  erfinv,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  isNaN: (x) => truth(Number.isNaN(x)),
  isFinite: (x) => truth(Number.isFinite(x)),
  not: (x) => truth(x === 0),

  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  mod: floorMod,
  min: Math.min,
  max: Math.max,
  atan2: Math.atan2,
  eq: (a, b) => truth(a === b),
  lt: (a, b) => truth(a < b),
  le: (a, b) => truth(a <= b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
  xor: (a, b) => truth((a !== 0) !== (b !== 0)),

  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  bitNot: (x) => ~x,
  shiftLeft: (a, b) => a << b,
  shiftRight: (a, b) => a >> b,
  bitcast: (x, dtype) => reinterpret(x, "float32", dtype),
};

function asInteger(dtype: "int32" | "uint32"): ScalarOps<number> {
  const fit = dtype === "int32" ? (x: number) => x | 0 : (x: number) => x >>> 0;
  return {
    ...asFloat,
    dtype,
    literal: (value, to = dtype) => wrap(value, to),
    cast: wrap,
    neg: (x) => fit(-x),
    abs: (x) => fit(Math.abs(x)),
    add: (a, b) => fit(a + b),
    sub: (a, b) => fit(a - b),
    mul: (a, b) => fit(Math.imul(a, b)),
    // By zero as WGSL has it (§8.7): the dividend, remainder 0.
    div: (a, b) => fit(b === 0 ? a : a / b),
    mod: (a, b) => (b === 0 ? 0 : fit(floorMod(a, b))),
    pow: (a, b) => fit(integerPower(a, b)),
    bitAnd: (a, b) => fit(a & b),
    bitOr: (a, b) => fit(a | b),
    bitXor: (a, b) => fit(a ^ b),
    bitNot: (x) => fit(~x),
    shiftLeft: (a, b) => fit(a << b),
    shiftRight: dtype === "int32" ? (a, b) => a >> b : (a, b) => a >>> b,
    bitcast: (x, to) => reinterpret(x, dtype, to),
  };
}

const TABLES: Record<DType, ScalarOps<number>> = {
  float64: { dtype: "float64", ...asFloat },
  float32: { dtype: "float32", ...asFloat },
  float16: { dtype: "float16", ...asFloat },
  bool: { dtype: "bool", ...asFloat, literal: (value, to = "bool") => wrap(value, to) },
  int32: asInteger("int32"),
  uint32: asInteger("uint32"),
};

/** A number of an integer dtype in another dtype: modulo 2³². */
function wrap(value: number, dtype: DType | undefined): number {
  switch (dtype) {
    case "int32":
      return value | 0;
    case "uint32":
      return value >>> 0;
    case "bool":
      return truth(value !== 0);
    default:
      return value;
  }
}

/** A float in another dtype: cut towards zero and kept in range; NaN becomes 0. */
function saturate(value: number, dtype: DType): number {
  switch (dtype) {
    case "int32":
      return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value))) || 0;
    case "uint32":
      return Math.max(0, Math.min(2 ** 32 - 1, Math.trunc(value))) || 0;
    default:
      return wrap(value, dtype);
  }
}

/** Modulo 2³², by squaring. A negative exponent gives the truncated quotient, and 0 for base 0. */
function integerPower(base: number, exponent: number): number {
  if (exponent < 0) {
    if (base === 1) return 1;
    return base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  }
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}
