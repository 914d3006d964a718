import type { PointwiseOp } from "../op.js";
import type { BinaryOp, Callable, UnaryOp } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import type { DType } from "../types.js";

const INTEGERS = ["int32", "uint32"] as const;
const WORDS = [
  [0, 1, 6, -1, 255, 2147483647, -2147483648],
  [5, 3, 3, 255, 256, 1, -1],
] as const;
const AMOUNTS = [WORDS[0], [0, 31, 3, 1, 32, 33, 31]] as const;

/** The bits that both integers have. */
export const bitwiseAnd: BinaryOp = defineOp({
  kind: "pointwise",
  name: "bitwiseAnd",
  summary: "the bits that both have",
  operands: ["a", "b"],
  accepts: INTEGERS,
  scalar: ({ a, b }, s) => s.bitAnd(a, b),
  vjp: null,
  samples: WORDS,
});

/** The bits that at least one of the integers has. */
export const bitwiseOr: BinaryOp = defineOp({
  kind: "pointwise",
  name: "bitwiseOr",
  summary: "the bits that at least one has",
  operands: ["a", "b"],
  accepts: INTEGERS,
  scalar: ({ a, b }, s) => s.bitOr(a, b),
  vjp: null,
  samples: WORDS,
});

/** The bits that exactly one of the integers has. */
export const bitwiseXor: BinaryOp = defineOp({
  kind: "pointwise",
  name: "bitwiseXor",
  summary: "the bits that exactly one has",
  operands: ["a", "b"],
  accepts: INTEGERS,
  scalar: ({ a, b }, s) => s.bitXor(a, b),
  vjp: null,
  samples: WORDS,
});

/** Every bit turned round. */
export const bitwiseNot: UnaryOp = defineOp({
  kind: "pointwise",
  name: "bitwiseNot",
  summary: "every bit turned round",
  operands: ["x"],
  accepts: INTEGERS,
  scalar: ({ x }, s) => s.bitNot(x),
  vjp: null,
  samples: [WORDS[0]],
});

/** `a` with its bits moved up by `b` modulo 32, as in JavaScript. */
export const leftShift: BinaryOp = defineOp({
  kind: "pointwise",
  name: "leftShift",
  summary: "the bits of a moved up by b modulo 32",
  operands: ["a", "b"],
  accepts: INTEGERS,
  scalar: ({ a, b }, s) => s.shiftLeft(a, b),
  vjp: null,
  samples: AMOUNTS,
});

/** `a` with its bits moved down by `b` modulo 32; int32 keeps its sign, as in JavaScript. */
export const rightShift: BinaryOp = defineOp({
  kind: "pointwise",
  name: "rightShift",
  summary: "the bits of a moved down by b modulo 32; int32 keeps its sign",
  operands: ["a", "b"],
  accepts: INTEGERS,
  scalar: ({ a, b }, s) => s.shiftRight(a, b),
  vjp: null,
  samples: AMOUNTS,
});

type BitcastAttrs = { readonly dtype: DType };

/** The same 32 bits read as float32, int32 or uint32. */
export const bitcast: PointwiseOp & Callable<["x"], BitcastAttrs> = defineOp<["x"], BitcastAttrs>({
  kind: "pointwise",
  name: "bitcast",
  summary: "the same 32 bits read as another dtype",
  operands: ["x"],
  accepts: ["float32", "int32", "uint32"],
  result: (_, { dtype }) => dtype,
  scalar: ({ x }, s, { dtype }) => s.bitcast(x, dtype),
  vjp: null,
  samples: [[0, 1, -2.5, 1e30]],
  sampleAttrs: { dtype: "uint32" },
});
