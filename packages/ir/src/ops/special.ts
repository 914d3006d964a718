import type { UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS } from "../types.js";
import { multiply, negative, square, subtract } from "./arithmetic.js";
import { exp } from "./exponential.js";

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** The error function: 2/√π ∫₀ˣ e^(-t²) dt, in [-1, 1]. */
export const erf: UnaryOp = defineOp({
  kind: "pointwise",
  name: "erf",
  summary: "the error function",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.erf(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, multiply(TWO_OVER_ROOT_PI, exp(negative(square(x))))) }),
  samples: [[-4, -1, -1e-8, -0, 0, 0.5, 2, 6]],
});

/** `1 - erf(x)`, exact where that difference vanishes. */
export const erfc: UnaryOp = defineOp({
  kind: "pointwise",
  name: "erfc",
  summary: "1 - erf(x), exact for large x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.erfc(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, multiply(-TWO_OVER_ROOT_PI, exp(negative(square(x))))) }),
  samples: [[-4, -1, -0, 0, 0.5, 2, 6]],
});

/** The inverse of `erf`; ±∞ at ±1, NaN outside. */
export const erfinv: UnaryOp = defineOp({
  kind: "pointwise",
  name: "erfinv",
  summary: "the inverse of erf",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.erfinv(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, multiply(1 / TWO_OVER_ROOT_PI, exp(square(out)))) }),
  samples: [[-0.99, -0.5, -1e-8, -0, 0, 0.3, 0.9]],
});

/** `1 / (1 + e⁻ˣ)`, in [0, 1]. */
export const sigmoid: UnaryOp = defineOp({
  kind: "pointwise",
  name: "sigmoid",
  summary: "1 / (1 + e⁻ˣ)",
  operands: ["x"],
  accepts: FLOATS,
  // e^-|x| cannot overflow, and below 0 it is the numerator itself, so that small results keep their digits.
  scalar({ x }, s) {
    const small = s.exp(s.neg(s.abs(x)));
    return s.div(s.select(s.le(0, x), 1, small), s.add(1, small));
  },
  vjp: (_, { ct, out }) => ({ x: multiply(ct, multiply(out, subtract(1, out))) }),
  samples: [[-30, -1, -0, 0, 0.5, 5, 200]],
});

/** Smooth ramp ln(1 + eˣ). Result ≥ 0. */
export const softplus: UnaryOp = defineOp({
  kind: "pointwise",
  name: "softplus",
  summary: "ln(1 + eˣ)",
  operands: ["x"],
  accepts: FLOATS,
  // e^-|x| cannot overflow. WGSL implementations may assume infinities never occur.
  scalar: ({ x }, s) => s.add(s.max(x, 0), s.log1p(s.exp(s.neg(s.abs(x))))),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, sigmoid(x)) }),
  samples: [[-30, -1, -0, 0, 1, 30, 200]],
});
