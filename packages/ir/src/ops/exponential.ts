import type { BinaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS, NUMBERS } from "../types.js";
import { add, divide, multiply, square, subtract } from "./arithmetic.js";
import { equal, greater, greaterEqual, less, logicalAnd, logicalNot, logicalOr, where } from "./compare.js";

/** `eˣ`. */
export const exp: UnaryOp = defineOp({
  kind: "pointwise",
  name: "exp",
  summary: "eˣ",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.exp(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, out) }),
  samples: [[-30, -1, -0, 0, 1, 10]],
});

/** `2ˣ`. */
export const exp2: UnaryOp = defineOp({
  kind: "pointwise",
  name: "exp2",
  summary: "2ˣ",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.exp2(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, multiply(out, Math.LN2)) }),
  samples: [[-30, -1, -0, 0, 1, 10.5]],
});

/** `eˣ - 1`, exact near 0. */
export const expm1: UnaryOp = defineOp({
  kind: "pointwise",
  name: "expm1",
  summary: "eˣ - 1, exact near 0",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.expm1(x),
  // Not out + 1: far below 0 that is 1 - 1, and the gradient would be lost.
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, exp(x)) }),
  samples: [[-30, -1, -1e-8, -0, 0, 1e-8, 1, 10]],
});

/** The natural logarithm; -∞ at 0, NaN below. */
export const log: UnaryOp = defineOp({
  kind: "pointwise",
  name: "log",
  summary: "the natural logarithm",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.log(x),
  vjp: ({ x }, { ct }) => ({ x: divide(ct, x) }),
  samples: [[1e-3, 0.5, 1, 2, 1e6]],
});

/** The logarithm to base 2. */
export const log2: UnaryOp = defineOp({
  kind: "pointwise",
  name: "log2",
  summary: "the logarithm to base 2",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.log2(x),
  vjp: ({ x }, { ct }) => ({ x: divide(multiply(ct, Math.LOG2E), x) }),
  samples: [[1e-3, 0.5, 1, 2, 1e6]],
});

/** `ln(1 + x)`, exact near 0. */
export const log1p: UnaryOp = defineOp({
  kind: "pointwise",
  name: "log1p",
  summary: "ln(1 + x), exact near 0",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.log1p(x),
  vjp: ({ x }, { ct }) => ({ x: divide(ct, add(x, 1)) }),
  samples: [[-0.9, -1e-8, -0, 0, 1e-8, 1, 1e6]],
});

/** `√x`; NaN below 0, gradient ∞ at 0. */
export const sqrt: UnaryOp = defineOp({
  kind: "pointwise",
  name: "sqrt",
  summary: "√x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.sqrt(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, divide(0.5, out)) }),
  samples: [[0.01, 0.25, 1, 2, 1e6, 0]],
  kinks: [{ at: [0], gradient: [Infinity] }],
});

/** `1 / √x`. */
export const rsqrt: UnaryOp = defineOp({
  kind: "pointwise",
  name: "rsqrt",
  summary: "1 / √x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.div(1, s.sqrt(x)),
  // Not out³: that leaves float32 long before out / x does.
  vjp: ({ x }, { ct, out }) => ({ x: multiply(ct, multiply(-0.5, divide(out, x))) }),
  samples: [[0.01, 0.25, 1, 2, 1e6]],
});

/** The cube root, real below 0 too; gradient ∞ at 0. */
export const cbrt: UnaryOp = defineOp({
  kind: "pointwise",
  name: "cbrt",
  summary: "the cube root",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.cbrt(x),
  vjp: (_, { ct, out }) => ({ x: divide(ct, multiply(3, square(out))) }),
  samples: [[-8, -0.5, 0.001, 1, 1e6, 0]],
  kinks: [{ at: [0], gradient: [Infinity] }],
});

/**
 * `aᵇ` as IEEE 754 has it: `a⁰ = 1` for every `a`. The gradient to `a` is 0 where `b = 0`; the one to `b` is 0
 * where `a = 0` and `b ≥ 0`.
 */
export const power: BinaryOp = defineOp({
  kind: "pointwise",
  name: "power",
  summary: "a to the power of b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.pow(a, b),
  vjp: ({ a, b }, { ct, out, needs }) => ({
    a: needs[0] ? multiply(ct, powerSlopeInBase(a, b)) : undefined,
    b: needs[1] ? multiply(ct, multiply(out, logOfBase(a, b))) : undefined,
  }),
  samples: [
    [0.5, 2, 3, 1, 10, 0, 0],
    [2, -1.5, 0, 4, 2.5, 2, 0],
  ],
  kinks: [
    { at: [0, 2], gradient: [0, 0] },
    { at: [0, 0], gradient: [0, 0] },
  ],
});

type Slope = (a: Parameters<BinaryOp>[0], b: Parameters<BinaryOp>[1]) => ReturnType<BinaryOp>;

/**
 * b · a^(b-1) is 0 at b = 0 by itself, but for 0⁻¹ and NaN. The base is replaced there, not the result: masked
 * from outside, its gradient would still be 0 · ∞ in second order.
 */
const powerSlopeInBase: Slope = (a, b) => {
  const hasNoSlope = logicalAnd(equal(b, 0), logicalNot(logicalOr(less(a, 0), greater(a, 0))));
  return multiply(b, power(where(hasNoSlope, 1, a), subtract(b, 1)));
};

const logOfBase: Slope = (a, b) => log(where(logicalAnd(equal(a, 0), greaterEqual(b, 0)), 1, a));

/** @alias */
export const pow: BinaryOp = power;
