import type { UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS } from "../types.js";
import { add, divide, multiply, reciprocal, square, subtract } from "./arithmetic.js";
import { stopGradient } from "./convert.js";
import { rsqrt } from "./exponential.js";
import { abs, maximum } from "./extremum.js";
import { oneMinusSquare } from "./trigonometric.js";

/** `(eˣ - e⁻ˣ) / 2`. */
export const sinh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "sinh",
  summary: "(eˣ - e⁻ˣ) / 2",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.sinh(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, cosh(x)) }),
  samples: [[-10, -1, -1e-8, -0, 0, 0.5, 5]],
});

/** `(eˣ + e⁻ˣ) / 2`. */
export const cosh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "cosh",
  summary: "(eˣ + e⁻ˣ) / 2",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.cosh(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, sinh(x)) }),
  samples: [[-10, -1, -0, 0, 0.5, 5]],
});

/** The hyperbolic tangent: ±1 at ±∞. */
export const tanh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "tanh",
  summary: "the hyperbolic tangent",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.tanh(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, oneMinusSquare(out)) }),
  samples: [[-30, -1, -1e-8, -0, 0, 0.5, 5, 89]],
});

/** The inverse of `sinh`. */
export const asinh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "asinh",
  summary: "the inverse of sinh",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.asinh(x),
  // 1 / √(x² + 1) with both terms divided by the larger one's square: x² leaves float32 from 1e19 on, float16 from 256 on.
  vjp({ x }, { ct }) {
    const share = reciprocal(stopGradient(maximum(abs(x), 1)));
    const root = rsqrt(add(square(multiply(x, share)), square(share)));
    return { x: multiply(ct, multiply(share, root)) };
  },
  samples: [[-1e4, -1, -1e-8, -0, 0, 0.5, 5]],
});

/** The inverse of `cosh`, ≥ 0; NaN below 1. */
export const acosh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "acosh",
  summary: "the inverse of cosh",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.acosh(x),
  // Two roots, not the root of a product: x² - 1 would take NaN's place below -1 and has fewer digits near 1.
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, multiply(rsqrt(subtract(x, 1)), rsqrt(add(x, 1)))) }),
  samples: [[1.1, 1.5, 2, 10, 1e4]],
});

/** The inverse of `tanh`; ±∞ at ±1, NaN outside. */
export const atanh: UnaryOp = defineOp({
  kind: "pointwise",
  name: "atanh",
  summary: "the inverse of tanh",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.atanh(x),
  vjp: ({ x }, { ct }) => ({ x: divide(ct, oneMinusSquare(x)) }),
  samples: [[-0.95, -0.5, -1e-8, -0, 0, 0.3, 0.9]],
});
