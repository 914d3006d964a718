import type { BinaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS, type Operand } from "../types.js";
import { add, divide, multiply, negative, square, subtract } from "./arithmetic.js";
import { equal, where } from "./compare.js";
import { rsqrt } from "./exponential.js";

/** The sine of `x` radians. */
export const sin: UnaryOp = defineOp({
  kind: "pointwise",
  name: "sin",
  summary: "the sine of x radians",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.sin(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, cos(x)) }),
  samples: [[-4, -1, -0, 0, 0.5, 2, 30]],
});

/** The cosine of `x` radians. */
export const cos: UnaryOp = defineOp({
  kind: "pointwise",
  name: "cos",
  summary: "the cosine of x radians",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.cos(x),
  vjp: ({ x }, { ct }) => ({ x: negative(multiply(ct, sin(x))) }),
  samples: [[-4, -1, -0, 0, 0.5, 2, 30]],
});

/** The tangent of `x` radians. */
export const tan: UnaryOp = defineOp({
  kind: "pointwise",
  name: "tan",
  summary: "the tangent of x radians",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.tan(x),
  vjp: (_, { ct, out }) => ({ x: multiply(ct, add(square(out), 1)) }),
  samples: [[-1.4, -1, -0, 0, 0.5, 1.2, 2]],
});

/** The angle in [-π/2, π/2] whose sine is `x`; NaN outside [-1, 1]. */
export const asin: UnaryOp = defineOp({
  kind: "pointwise",
  name: "asin",
  summary: "the angle whose sine is x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.asin(x),
  vjp: ({ x }, { ct }) => ({ x: multiply(ct, rsqrt(oneMinusSquare(x))) }),
  samples: [[-0.9, -0.5, -0, 0, 0.3, 0.95]],
});

/** The angle in [0, π] whose cosine is `x`; NaN outside [-1, 1]. */
export const acos: UnaryOp = defineOp({
  kind: "pointwise",
  name: "acos",
  summary: "the angle whose cosine is x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.acos(x),
  vjp: ({ x }, { ct }) => ({ x: negative(multiply(ct, rsqrt(oneMinusSquare(x)))) }),
  samples: [[-0.9, -0.5, -0, 0, 0.3, 0.95]],
});

/** The angle in (-π/2, π/2) whose tangent is `x`. */
export const atan: UnaryOp = defineOp({
  kind: "pointwise",
  name: "atan",
  summary: "the angle whose tangent is x",
  operands: ["x"],
  accepts: FLOATS,
  scalar: ({ x }, s) => s.atan(x),
  vjp: ({ x }, { ct }) => ({ x: divide(ct, add(square(x), 1)) }),
  samples: [[-30, -1, -0, 0, 0.5, 2]],
});

/** The angle in [-π, π] of the point `(x, y)`. Its gradient at the origin is 0. */
export const arctan2: BinaryOp = defineOp({
  kind: "pointwise",
  name: "arctan2",
  summary: "the angle of the point (x, y)",
  operands: ["y", "x"],
  accepts: FLOATS,
  scalar: ({ y, x }, s) => s.atan2(y, x),
  vjp({ y, x }, { ct, needs }) {
    const radiusSquared = add(square(x), square(y));
    const share = divide(ct, where(equal(radiusSquared, 0), 1, radiusSquared));
    return {
      y: needs[0] ? multiply(share, x) : undefined,
      x: needs[1] ? negative(multiply(share, y)) : undefined,
    };
  },
  samples: [
    [1, 1, -1, -1, 0.5, 0, 0],
    [2, -2, 2, -2, 0, 3, 0],
  ],
  kinks: [{ at: [0, 0], gradient: [0, 0] }],
});

/** In factors: 1 - x² would lose the digits of 1 - x where `x` is near 1. */
export function oneMinusSquare(x: Operand): ReturnType<BinaryOp> {
  return multiply(subtract(1, x), add(x, 1));
}
