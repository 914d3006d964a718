import type { BinaryOp, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { FLOATS, type Operand } from "../types.js";
import { add, divide, multiply, negative, square, subtract } from "./arithmetic.js";
import { equal, where } from "./compare.js";
import { stopGradient } from "./convert.js";
import { rsqrt } from "./exponential.js";
import { abs, maximum } from "./extremum.js";

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
    // Of x and y brought to [-1, 1]: their own squares leave float32 from 1e19 on and below 1e-22, float16 from 256 on.
    const largest = stopGradient(maximum(abs(x), abs(y)));
    const isOrigin = equal(largest, 0);
    const scale = where(isOrigin, 1, largest);
    const [across, up] = [divide(x, scale), divide(y, scale)];
    const radiusSquared = where(isOrigin, 1, add(square(across), square(up)));
    const share = divide(divide(ct, radiusSquared), scale);
    return {
      y: needs[0] ? multiply(share, across) : undefined,
      x: needs[1] ? negative(multiply(share, up)) : undefined,
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
