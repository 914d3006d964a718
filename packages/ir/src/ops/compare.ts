import type { BinaryOp, TernaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { ANY_DTYPE, BOOLS, FLOATS, NUMBERS } from "../types.js";

const PAIRS = [
  [-1, 0, -0, 1, 2.5, 3],
  [1, -0, 0, 1, 2.5, -3],
] as const;
const TRUTHS = [
  [0, 0, 1, 1],
  [0, 1, 0, 1],
] as const;

/** Whether `a = b`; NaN equals nothing. */
export const equal: BinaryOp = defineOp({
  kind: "pointwise",
  name: "equal",
  summary: "a = b",
  operands: ["a", "b"],
  accepts: ANY_DTYPE,
  result: "bool",
  scalar: ({ a, b }, s) => s.eq(a, b),
  vjp: null,
  samples: PAIRS,
});

/** Whether `a ≠ b`; NaN differs from everything. */
export const notEqual: BinaryOp = defineOp({
  kind: "pointwise",
  name: "notEqual",
  summary: "a ≠ b",
  operands: ["a", "b"],
  accepts: ANY_DTYPE,
  result: "bool",
  scalar: ({ a, b }, s) => s.not(s.eq(a, b)),
  vjp: null,
  samples: PAIRS,
});

/** Whether `a < b`; false where either is NaN. */
export const less: BinaryOp = defineOp({
  kind: "pointwise",
  name: "less",
  summary: "a < b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  result: "bool",
  scalar: ({ a, b }, s) => s.lt(a, b),
  vjp: null,
  samples: PAIRS,
});

/** Whether `a ≤ b`; false where either is NaN. */
export const lessEqual: BinaryOp = defineOp({
  kind: "pointwise",
  name: "lessEqual",
  summary: "a ≤ b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  result: "bool",
  scalar: ({ a, b }, s) => s.le(a, b),
  vjp: null,
  samples: PAIRS,
});

/** Whether `a > b`; false where either is NaN. */
export const greater: BinaryOp = defineOp({
  kind: "pointwise",
  name: "greater",
  summary: "a > b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  result: "bool",
  scalar: ({ a, b }, s) => s.lt(b, a),
  vjp: null,
  samples: PAIRS,
});

/** Whether `a ≥ b`; false where either is NaN. */
export const greaterEqual: BinaryOp = defineOp({
  kind: "pointwise",
  name: "greaterEqual",
  summary: "a ≥ b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  result: "bool",
  scalar: ({ a, b }, s) => s.le(b, a),
  vjp: null,
  samples: PAIRS,
});

/** Whether both hold; what is not a bool is first compared with 0. */
export const logicalAnd: BinaryOp = defineOp({
  kind: "pointwise",
  name: "logicalAnd",
  summary: "a and b",
  operands: ["a", "b"],
  accepts: BOOLS,
  scalar: ({ a, b }, s) => s.and(a, b),
  vjp: null,
  samples: TRUTHS,
});

/** Whether at least one holds. */
export const logicalOr: BinaryOp = defineOp({
  kind: "pointwise",
  name: "logicalOr",
  summary: "a or b",
  operands: ["a", "b"],
  accepts: BOOLS,
  scalar: ({ a, b }, s) => s.or(a, b),
  vjp: null,
  samples: TRUTHS,
});

/** Whether exactly one holds. */
export const logicalXor: BinaryOp = defineOp({
  kind: "pointwise",
  name: "logicalXor",
  summary: "either a or b, not both",
  operands: ["a", "b"],
  accepts: BOOLS,
  scalar: ({ a, b }, s) => s.xor(a, b),
  vjp: null,
  samples: TRUTHS,
});

/** Whether it does not hold. */
export const logicalNot: UnaryOp = defineOp({
  kind: "pointwise",
  name: "logicalNot",
  summary: "not x",
  operands: ["x"],
  accepts: BOOLS,
  scalar: ({ x }, s) => s.not(x),
  vjp: null,
  samples: [[0, 1]],
});

/** Whether `x` is not a number. */
export const isNaN: UnaryOp = defineOp({
  kind: "pointwise",
  name: "isNaN",
  summary: "whether x is not a number",
  operands: ["x"],
  accepts: FLOATS,
  result: "bool",
  scalar: ({ x }, s) => s.isNaN(x),
  vjp: null,
  samples: [[-1, 0, 1e30, NaN, Infinity, -Infinity]],
});

/** Whether `x` is neither infinite nor NaN. */
export const isFinite: UnaryOp = defineOp({
  kind: "pointwise",
  name: "isFinite",
  summary: "whether x is neither infinite nor NaN",
  operands: ["x"],
  accepts: FLOATS,
  result: "bool",
  scalar: ({ x }, s) => s.isFinite(x),
  vjp: null,
  samples: [[-1, 0, 1e30, NaN, Infinity, -Infinity]],
});

/** `a` where the condition holds, else `b`. What is not chosen has gradient 0, whatever its value. */
export const where: TernaryOp = defineOp({
  kind: "pointwise",
  name: "where",
  summary: "a where the condition holds, else b",
  operands: ["condition", "a", "b"],
  accepts: ANY_DTYPE,
  fixed: { condition: "bool" },
  scalar: ({ condition, a, b }, s) => s.select(condition, a, b),
  vjp: ({ condition }, { ct }) => ({ a: where(condition, ct, 0), b: where(condition, 0, ct) }),
  samples: [
    [0, 1, 1, 0],
    [1, 2, -3, -0],
    [5, 6, 7, 8],
  ],
});
