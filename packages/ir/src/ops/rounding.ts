import type { UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS, NUMBERS } from "../types.js";

// Steps are flat almost everywhere, and by convention (PyTorch's) on the steps themselves too.
const EDGES = [-2.5, -1.5, -1, -0.5, -0.2, -0, 0, 0.5, 0.7, 1, 1.5, 2.5, 1e15];
const FLAT = EDGES.map((x) => ({ at: [x], gradient: [0] }));

/** The largest whole number ≤ `x`. */
export const floor: UnaryOp = defineOp({
  kind: "pointwise",
  name: "floor",
  summary: "the largest whole number ≤ x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.floor(x),
  vjp: () => ({}),
  samples: [EDGES],
  kinks: FLAT,
});

/** The smallest whole number ≥ `x`. */
export const ceil: UnaryOp = defineOp({
  kind: "pointwise",
  name: "ceil",
  summary: "the smallest whole number ≥ x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.ceil(x),
  vjp: () => ({}),
  samples: [EDGES],
  kinks: FLAT,
});

/** The nearest whole number; halves go to the even neighbour. */
export const round: UnaryOp = defineOp({
  kind: "pointwise",
  name: "round",
  summary: "the nearest whole number, halves to even",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.round(x),
  vjp: () => ({}),
  samples: [EDGES],
  kinks: FLAT,
});

/** `x` without its fraction. */
export const trunc: UnaryOp = defineOp({
  kind: "pointwise",
  name: "trunc",
  summary: "x without its fraction",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.trunc(x),
  vjp: () => ({}),
  samples: [EDGES],
  kinks: FLAT,
});

/** -1, 0 or 1 by the sign of `x`; NaN stays NaN. */
export const sign: UnaryOp = defineOp({
  kind: "pointwise",
  name: "sign",
  summary: "-1, 0 or 1 by the sign of x",
  operands: ["x"],
  accepts: NUMBERS,
  scalar: ({ x }, s) => s.sign(x),
  vjp: () => ({}),
  samples: [EDGES],
  kinks: FLAT,
});
