import type { PointwiseOp } from "../op.js";
import type { Callable, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { ANY_DTYPE, type DType, isFloat } from "../types.js";

type AstypeAttrs = { readonly dtype: DType };

/**
 * The same values in another dtype. To bool: whether not 0. Float to integer: cut towards zero, kept within the
 * integer's range, NaN to 0. Between integers: modulo 2³².
 */
export const astype: PointwiseOp & Callable<["x"], AstypeAttrs> = defineOp<["x"], AstypeAttrs>({
  kind: "pointwise",
  name: "astype",
  summary: "the same values in another dtype",
  operands: ["x"],
  accepts: ANY_DTYPE,
  result: (_, { dtype }) => dtype,
  scalar: ({ x }, s, { dtype }) => s.cast(x, dtype),
  // Integers and bools are steps: nothing flows back through them.
  vjp: ({ x }, { ct, attrs }) =>
    isFloat(attrs.dtype) && isFloat(x.dtype) ? { x: astype(ct, { dtype: x.dtype }) } : {},
  samples: [[-2.5, -1, -0, 0, 0.5, 1, 1e3]],
  sampleAttrs: { dtype: "float64" },
});

/** `x`, of which differentiation sees only the value. */
export const stopGradient: UnaryOp = defineOp({
  kind: "pointwise",
  name: "stopGradient",
  summary: "x, held constant under differentiation",
  operands: ["x"],
  accepts: ANY_DTYPE,
  scalar: ({ x }) => x,
  vjp: () => ({}),
  samples: [[-1, -0, 0, 2.5]],
  kinks: [-1, -0, 0, 2.5].map((x) => ({ at: [x], gradient: [0] })),
});

/** `x` itself, in memory of its own: what the compiler puts where one kernel would have to read too many tensors. */
export const copy: UnaryOp = defineOp({
  kind: "pointwise",
  name: "copy",
  summary: "x, in memory of its own",
  operands: ["x"],
  accepts: ANY_DTYPE,
  scalar: ({ x }) => x,
  vjp: (_operands, { ct }) => ({ x: ct }),
  samples: [[-1, -0, 0, 2.5]],
});
