import * as functions from "../functions/index.js";
import type { Numeric } from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { isTensor } from "./operands.js";

type Elementwise = (...operands: Numeric[]) => Tensor;
type MathFunction = (...operands: unknown[]) => unknown;

/** What the functions of `Math` are on tensors. */
const TENSOR_MATH: Readonly<Record<string, Elementwise>> = {
  abs: functions.abs,
  acos: functions.acos,
  acosh: functions.acosh,
  asin: functions.asin,
  asinh: functions.asinh,
  atan: functions.atan,
  atan2: functions.arctan2 as Elementwise,
  atanh: functions.atanh,
  cbrt: functions.cbrt,
  ceil: functions.ceil,
  cos: functions.cos,
  cosh: functions.cosh,
  exp: functions.exp,
  expm1: functions.expm1,
  floor: functions.floor,
  hypot: (...operands) => functions.sqrt(operands.map(functions.square).reduce(functions.add)),
  log: functions.log,
  log10: (x) => functions.multiply(functions.log(x as Numeric), Math.LOG10E),
  log1p: functions.log1p,
  log2: functions.log2,
  max: (...operands) => operands.reduce(functions.maximum) as Tensor,
  min: (...operands) => operands.reduce(functions.minimum) as Tensor,
  pow: functions.power as Elementwise,
  // Halves go up, as in JavaScript, and not to the even one.
  round: (x) => functions.floor(functions.add(x as Numeric, 0.5)),
  sign: functions.sign,
  sin: functions.sin,
  sinh: functions.sinh,
  sqrt: functions.sqrt,
  tan: functions.tan,
  tanh: functions.tanh,
  trunc: functions.trunc,
} as Record<string, Elementwise>;

/** JavaScript's `Math`, whose functions take tensors too. @throws W1052 for those that do not. */
export const math: typeof Math = Object.create(
  Math,
  Object.fromEntries(
    Object.getOwnPropertyNames(Math)
      .filter((name) => typeof Math[name as keyof typeof Math] === "function")
      .map((name) => [name, { value: dispatching(name), enumerable: true }]),
  ),
) as typeof Math;

function dispatching(name: string): MathFunction {
  const op = TENSOR_MATH[name];
  const ofTensors: MathFunction = (...operands) => {
    if (!op) throw noTensors(name);
    return op(...(operands as Numeric[]));
  };
  // Read at each call: a test may have put another function in its place.
  const own = (): MathFunction => (Math as unknown as Record<string, MathFunction>)[name]!;
  const { length } = own();
  if (length === 1) {
    return function (x) {
      if (isTensor(x)) return ofTensors(x);
      return arguments.length === 1 ? own()(x) : own().apply(Math, [...arguments]);
    };
  }
  return (...operands) => (operands.some(isTensor) ? ofTensors(...operands) : own().apply(Math, operands));
}

function noTensors(name: string): Error {
  return userError({
    code: "W1052",
    message: `Math.${name} works on JavaScript's numbers, and was given a tensor`,
    hint: "round tensors with astype, draw random ones with random.uniform(key, shape)",
  });
}
