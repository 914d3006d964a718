import type { BinaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import type { Operand } from "../types.js";
import { NUMBERS } from "../types.js";
import { multiply } from "./arithmetic.js";
import { equal, greater, less, where } from "./compare.js";
import { sign } from "./rounding.js";

/** The larger of the two; NaN where either is NaN. At a tie each takes half of the gradient. */
export const maximum: BinaryOp = defineOp({
  kind: "pointwise",
  name: "maximum",
  summary: "the larger of a and b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.max(a, b),
  vjp: ({ a, b }, { ct, needs }) => ({
    a: needs[0] ? unlessLost(less(a, b), equal(a, b), ct) : undefined,
    b: needs[1] ? unlessLost(less(b, a), equal(a, b), ct) : undefined,
  }),
  samples: [
    [-2.5, 1, 0, -0, 2],
    [1.5, -4, 0, 0, 2],
  ],
  kinks: [
    { at: [0, 0], gradient: [0.5, 0.5] },
    { at: [-0, 0], gradient: [0.5, 0.5] },
    { at: [2, 2], gradient: [0.5, 0.5] },
  ],
});

/** The smaller of the two; NaN where either is NaN. At a tie each takes half of the gradient. */
export const minimum: BinaryOp = defineOp({
  kind: "pointwise",
  name: "minimum",
  summary: "the smaller of a and b",
  operands: ["a", "b"],
  accepts: NUMBERS,
  scalar: ({ a, b }, s) => s.min(a, b),
  vjp: ({ a, b }, { ct, needs }) => ({
    a: needs[0] ? unlessLost(less(b, a), equal(a, b), ct) : undefined,
    b: needs[1] ? unlessLost(less(a, b), equal(a, b), ct) : undefined,
  }),
  samples: [
    [-2.5, 1, 0, -0, 2],
    [1.5, -4, 0, 0, 2],
  ],
  kinks: [
    { at: [0, 0], gradient: [0.5, 0.5] },
    { at: [-0, 0], gradient: [0.5, 0.5] },
    { at: [2, 2], gradient: [0.5, 0.5] },
  ],
});

/** Asks who lost, not who won: where one is NaN nobody lost, and the gradient reaches both. */
function unlessLost(lost: Operand, tied: Operand, ct: Operand): Operand {
  return where(lost, 0, where(tied, multiply(ct, 0.5), ct));
}

/** `|x|`; its gradient at 0 is 0. */
export const abs: UnaryOp = defineOp({
  kind: "pointwise",
  name: "abs",
  summary: "|x|",
  operands: ["x"],
  accepts: NUMBERS,
  scalar: ({ x }, s) => s.abs(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, sign(x)) }),
  samples: [[-2.5, -0, 0, 1, 1e6]],
  kinks: [
    { at: [0], gradient: [0] },
    { at: [-0], gradient: [0] },
  ],
});

/** `max(x, 0)`; its gradient at 0 is 0. */
export const relu: UnaryOp = defineOp({
  kind: "pointwise",
  name: "relu",
  summary: "max(x, 0)",
  operands: ["x"],
  accepts: NUMBERS,
  scalar: ({ x }, s) => s.max(x, 0),
  // Of the result, not of x: the result is in memory anyway, x need not be.
  vjp: (_operands, { ct, out }) => ({ x: where(greater(out, 0), ct, 0) }),
  samples: [[-2.5, -0, 0, 1, 1e6]],
  kinks: [
    { at: [0], gradient: [0] },
    { at: [-0], gradient: [0] },
  ],
});
