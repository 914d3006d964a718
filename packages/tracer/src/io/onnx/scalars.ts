import { type DType, encodeElements, type ScalarFunction, type ScalarOps } from "@weftjs/ir";
import { isFloat } from "@weftjs/ir";
import { noOnnxForm } from "./errors.js";
import type { OnnxGraph } from "./model.js";

/** A value of the ONNX graph. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
}

type Operand = OnnxValue | number;

/** Scalar functions that are an operator of one operand. */
const UNARY = {
  neg: "Neg", abs: "Abs", sign: "Sign", exp: "Exp", log: "Log", sqrt: "Sqrt", sin: "Sin", cos: "Cos", tan: "Tan",
  asin: "Asin", acos: "Acos", atan: "Atan", sinh: "Sinh", cosh: "Cosh", tanh: "Tanh", asinh: "Asinh", acosh: "Acosh",
  atanh: "Atanh", erf: "Erf", floor: "Floor", ceil: "Ceil", round: "Round", bitNot: "BitwiseNot",
} as const satisfies Partial<Record<ScalarFunction, string>>; // prettier-ignore

/** … of two, with a result of the operands' dtype. */
const BINARY = {
  add: "Add", sub: "Sub", mul: "Mul", div: "Div", pow: "Pow", min: "Min", max: "Max",
  bitAnd: "BitwiseAnd", bitOr: "BitwiseOr", bitXor: "BitwiseXor",
} as const satisfies Partial<Record<ScalarFunction, string>>; // prettier-ignore

/** … of two, with a bool. */
const PREDICATES = {
  eq: "Equal", lt: "Less", le: "LessOrEqual", and: "And", or: "Or", xor: "Xor",
} as const satisfies Partial<Record<ScalarFunction, string>>; // prettier-ignore

/**
 * The rules of pointwise ops, run on the names of ONNX values: every op that is made of scalar functions has a form in
 * ONNX, a user's own too. `op` is for the message where a function has none.
 */
export function onnxScalars(graph: OnnxGraph, dtype: DType, op: string): ScalarOps<OnnxValue> {
  const literal = (value: number, of: DType = dtype): OnnxValue => ({
    name: graph.constant({ dtype: of, shape: [] }, bytesOf([value], of)),
    dtype: of,
  });
  const lift = (x: Operand, of: DType): OnnxValue => (typeof x === "number" ? literal(x, of) : x);
  const make = (name: string, operands: readonly Operand[], result?: DType): OnnxValue => {
    const of = operands.find((x) => typeof x !== "number")?.dtype ?? dtype;
    const lifted = operands.map((x) => lift(x, of));
    return { name: graph.node(name, lifted.map((x) => x.name)), dtype: result ?? of }; // prettier-ignore
  };
  const unary = mapValues(UNARY, (name) => (x: OnnxValue) => make(name, [x]));
  const binary = mapValues(BINARY, (name) => (a: Operand, b: Operand) => make(name, [a, b]));
  const predicates = mapValues(PREDICATES, (name) => (a: Operand, b: Operand) => make(name, [a, b], "bool"));
  const without = (name: string) => (): never => {
    throw noOnnxForm(op, `it is made of ${name}`);
  };
  const base = {
    dtype,
    literal,
    cast: (x: OnnxValue, to: DType): OnnxValue => ({ name: graph.cast(x.name, to), dtype: to }),
    ...unary,
    ...binary,
    ...predicates,
    not: (x: OnnxValue) => make("Not", [x], "bool"),
    isNaN: (x: OnnxValue) => make("IsNaN", [x], "bool"),
    bitcast: without("a bitcast"),
    shiftLeft: without("a shift"),
    shiftRight: without("a shift"),
    erfinv: without("the inverse of the error function"),
  };
  const select = (condition: OnnxValue, a: Operand, b: Operand): OnnxValue => {
    const of = [a, b].find((x) => typeof x !== "number") as OnnxValue | undefined;
    const [yes, no] = [lift(a, of?.dtype ?? dtype), lift(b, of?.dtype ?? dtype)];
    // Runtimes have no choice between bools.
    if (yes.dtype === "bool") {
      const [taken, left] = [base.and(condition, yes), base.and(base.not(condition), no)];
      return base.or(taken, left);
    }
    return { name: graph.node("Where", [condition.name, yes.name, no.name]), dtype: yes.dtype };
  };
  return { ...base, select, ...composed({ ...base, select, make }) };
}

type Base = Pick<
  ScalarOps<OnnxValue>,
  keyof typeof UNARY | keyof typeof BINARY | keyof typeof PREDICATES | "select" | "not" | "isNaN"
> & { readonly make: (name: string, operands: readonly Operand[], result?: DType) => OnnxValue };

type Composed = Pick<
  ScalarOps<OnnxValue>,
  "exp2" | "expm1" | "log2" | "log1p" | "cbrt" | "erfc" | "trunc" | "isFinite" | "mod" | "atan2"
>;

/** Functions that ONNX has no operator for, made of those it has; as accurate as these are. */
function composed(s: Base): Composed {
  return {
    exp2: (x) => s.exp(s.mul(x, Math.LN2)),
    // Near 0, where the subtraction would cancel, by the tangent of half: eˣ - 1 = 2t / (1 - t).
    expm1(x) {
      const t = s.tanh(s.mul(x, 0.5));
      return s.select(s.lt(s.abs(x), 1), s.div(s.mul(t, 2), s.sub(1, t)), s.sub(s.exp(x), 1));
    },
    log2: (x) => s.mul(s.log(x), Math.LOG2E),
    // Kahan: what rounding took from 1 + x is put back by the factor x / (u - 1).
    log1p(x) {
      const u = s.add(1, x);
      const grown = s.sub(u, 1);
      const corrected = s.mul(s.log(u), s.div(x, s.select(s.eq(grown, 0), 1, grown)));
      return s.select(s.eq(grown, 0), x, s.select(s.lt(s.abs(x), 1), corrected, s.log(u)));
    },
    cbrt: (x) => s.mul(s.sign(x), s.pow(s.abs(x), 1 / 3)),
    erfc: (x) => s.sub(1, s.erf(x)),
    trunc: (x) => s.select(s.lt(x, 0), s.ceil(x), s.floor(x)),
    isFinite: (x) => s.not(s.or(s.isNaN(x), s.make("IsInf", [x], "bool"))),
    mod(a, b) {
      const dtype = [a, b].find((x) => typeof x !== "number")!.dtype;
      // ONNX's Mod of integers has the divisor's sign, as NumPy's; of floats it is C's.
      if (!isFloat(dtype)) return s.make("Mod", [a, b]);
      return s.sub(a, s.mul(s.floor(s.div(a, b)), b));
    },
    // By the quadrant of (x, y), from the arctangent of the quotient.
    atan2(y, x) {
      const [up, right] = [y, x].map((side) => s.add(side, 0)) as [OnnxValue, OnnxValue];
      const angle = s.atan(s.div(up, right));
      // A zero has a sign, which its reciprocal shows.
      const isBelow = s.lt(s.select(s.eq(up, 0), s.div(1, up), up), 0);
      const turned = s.select(isBelow, s.sub(angle, Math.PI), s.add(angle, Math.PI));
      const upright = s.select(s.eq(up, 0), 0, s.mul(s.sign(up), Math.PI / 2));
      return s.select(s.eq(right, 0), upright, s.select(s.lt(right, 0), turned, angle));
    },
  };
}

function mapValues<K extends string, T>(
  table: Readonly<Record<K, string>>,
  f: (value: string) => T,
): Record<K, T> {
  // `fromEntries` forgets the keys, which are those of the table.
  return Object.fromEntries(Object.entries<string>(table).map(([key, value]) => [key, f(value)])) as Record<
    K,
    T
  >;
}

/** Elements as an ONNX file has them: bools of one byte, all else as a device stores it. */
export function bytesOf(values: ArrayLike<number>, dtype: DType): Uint8Array {
  if (dtype === "bool") return Uint8Array.from(values, (value) => (value ? 1 : 0));
  const { buffer, byteOffset, byteLength } = encodeElements(values, dtype);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
