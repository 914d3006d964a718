import type { BinaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS, NUMBERS } from "../types.js";
import { round } from "./rounding.js";

/** `a + b`. */
export const add: BinaryOp = defineOp({
  kind: "pointwise",
  name: "add",
  summary: "a + b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.add(a, b),
  vjp: (_, { ct }) => ({ a: ct, b: ct }),
  samples: [
    [-2.5, -0, 0, 1, 1e6],
    [1.5, 0, -0, 3, -7],
  ],
});

/** `a - b`. */
export const subtract: BinaryOp = defineOp({
  kind: "pointwise",
  name: "subtract",
  summary: "a - b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.sub(a, b),
  vjp: (_, { ct, needs }) => ({ a: ct, b: needs[1] ? negative(ct) : undefined }),
  samples: [
    [-2.5, -0, 0, 1, 1e6],
    [1.5, 0, -0, 3, -7],
  ],
});

/** `a · b`. */
export const multiply: BinaryOp = defineOp({
  kind: "pointwise",
  name: "multiply",
  summary: "a · b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.mul(a, b),
  vjp: ({ a, b }, { ct, needs }) => ({
    a: needs[0] ? multiply(ct, b) : undefined,
    b: needs[1] ? multiply(ct, a) : undefined,
  }),
  samples: [
    [-2.5, -0, 0, 1, 1e6],
    [1.5, 2, -3, 3, -7],
  ],
});

/** `a / b`, the true quotient: integers become float32. */
export const divide: BinaryOp = defineOp({
  kind: "pointwise",
  name: "divide",
  summary: "a / b, the true quotient",
  operands: ["a", "b"],
  accepts: FLOATS,
  scalar: ({ a, b }, s) => s.div(a, b),
  vjp: ({ b }, { ct, out, needs }) => {
    const a = divide(ct, b);
    return { a, b: needs[1] ? negative(multiply(a, out)) : undefined };
  },
  samples: [
    [-2.5, -0, 0, 1, 1e6],
    [1.5, 2, -3, 3, -7],
  ],
});

/** The remainder of `a / b` rounded down: it has the sign of `b`. Of integers, 0 where `b` is 0. */
export const mod: BinaryOp = defineOp({
  kind: "pointwise",
  name: "mod",
  summary: "the remainder of a / b, with the sign of b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.mod(a, b),
  // The quotient that belongs to the remainder: a / b itself may round up to the next whole number (1 / 0.1 does).
  vjp: ({ a, b }, { ct, out, needs }) => ({
    a: ct,
    b: needs[1] ? negative(multiply(ct, round(divide(subtract(a, out), b)))) : undefined,
  }),
  samples: [
    [5.5, -5.5, 5.5, -5.5, 1],
    [3, 3, -3, -3, 4],
  ],
});

/** `-x`. */
export const negative: UnaryOp = defineOp({
  kind: "pointwise",
  name: "negative",
  summary: "-x",
  operands: ["x"],
  accepts: NUMBERS,
  scalar: ({ x }, s) => s.neg(x),
  vjp: (_, { ct }) => ({ x: negative(ct) }),
  samples: [[-2.5, -0, 0, 1, 1e6]],
});

/** `x²`. */
export const square: UnaryOp = defineOp({
  kind: "pointwise",
  name: "square",
  summary: "x²",
  operands: ["x"],
  accepts: NUMBERS,
  scalar: ({ x }, s) => s.mul(x, x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, multiply(2, x)) }),
  samples: [[-2.5, -0, 0, 1, 1e3]],
});

/** `1 / x`. */
export const reciprocal: UnaryOp = defineOp({
  kind: "pointwise",
  name: "reciprocal",
  summary: "1 / x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.div(1, x),
  vjp: (_, { ct, out }) => ({ x: negative(multiply(ct, square(out))) }),
  samples: [[-2.5, -0.5, 0.25, 1, 1e3]],
});

/** @alias */
export const sub: BinaryOp = subtract;
/** @alias */
export const mul: BinaryOp = multiply;
/** @alias */
export const div: BinaryOp = divide;
/** @alias */
export const neg: UnaryOp = negative;
