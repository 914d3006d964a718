import type { Node, Value } from "../graph.js";
import type { UnaryOp } from "../op-spec.js";
import { add, divide, multiply, negative, reciprocal, square, subtract } from "../ops/arithmetic.js";
import { equal, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual, where } from "../ops/compare.js";
import { abs, maximum, minimum, relu } from "../ops/extremum.js";
import { ceil, floor, round, sign, trunc } from "../ops/rounding.js";
import { isFloat, type DType } from "../types.js";
import { constantLike, constantOf, isConstant } from "./constants.js";
import { matchOp } from "./match-op.js";
import type { Pass } from "./pass.js";
import { defineRules, type Rule } from "./rules.js";

/** `first` and `second` operand of a binary node. */
type BinaryRule = (a: Value, b: Value, node: Node) => ReturnType<Rule>;

const binary =
  (rule: BinaryRule): Rule =>
  (node) =>
    rule(node.inputs[0]!, node.inputs[1]!, node);

/** For ops that do not mind which operand comes first: tries both. */
const eitherWay =
  (rule: BinaryRule): Rule =>
  (node) =>
    rule(node.inputs[0]!, node.inputs[1]!, node) ?? rule(node.inputs[1]!, node.inputs[0]!, node);

/** What `value` is the negative of. */
const negated = (value: Value): Value | undefined => matchOp(value, negative)?.inputs[0];

/** Of floats, only -0 leaves everything as it is: 0 + -0 is 0. */
const isAddIdentity = (value: Value): boolean =>
  isFloat(value.dtype) ? isConstant(value, -0) : constantOf(value) === 0;

const isFloatValue = (value: Value): boolean => isFloat(value.dtype);

const addRules: readonly Rule[] = [
  eitherWay((x, zero) => (isAddIdentity(zero) ? () => x : undefined)),
  eitherWay((a, b) => {
    const b1 = negated(b);
    return b1 && (() => subtract(a, b1));
  }),
];

const subtractRules: readonly Rule[] = [
  binary((x, zero) => (isConstant(zero, 0) ? () => x : undefined)),
  binary((zero, x) => (isAddIdentity(zero) ? () => negative(x) : undefined)),
  binary((a, b) => {
    const b1 = negated(b);
    return b1 && (() => add(a, b1));
  }),
];

const multiplyRules: readonly Rule[] = [
  eitherWay((x, one) => (constantOf(one) === 1 ? () => x : undefined)),
  eitherWay((x, minus) => (constantOf(minus) === -1 ? () => negative(x) : undefined)),
  // Never of floats: 0 · ∞ and 0 · NaN are NaN, and 0 · -1 is -0.
  eitherWay((x, zero) =>
    !isFloatValue(x) && constantOf(zero) === 0 ? () => constantLike(x.type, 0) : undefined,
  ),
  binary((a, b) => {
    const [a1, b1] = [negated(a), negated(b)];
    return a1 && b1 && (() => multiply(a1, b1));
  }),
  binary((a, b) => (a === b ? () => square(a) : undefined)),
];

const divideRules: readonly Rule[] = [
  binary((x, one) => (constantOf(one) === 1 ? () => x : undefined)),
  binary((x, minus) => (constantOf(minus) === -1 ? () => negative(x) : undefined)),
  binary((one, x) => (constantOf(one) === 1 ? () => reciprocal(x) : undefined)),
  binary((x, divisor) => {
    const factor = exactReciprocal(constantOf(divisor), x.dtype);
    return factor === undefined ? undefined : () => multiply(x, factor);
  }),
  binary((a, b) => {
    const [a1, b1] = [negated(a), negated(b)];
    return a1 && b1 && (() => divide(a1, b1));
  }),
];

/** `1 / value` where that has no rounding, for a power of two whose reciprocal is a normal number. */
function exactReciprocal(value: number | undefined, dtype: DType): number | undefined {
  if (value === undefined || value === 0 || !Number.isFinite(value)) return undefined;
  const exponent = Math.log2(Math.abs(value));
  const limit = dtype === "float16" ? 14 : 126;
  return Number.isInteger(exponent) && 2 ** exponent === Math.abs(value) && Math.abs(exponent) <= limit
    ? 1 / value
    : undefined;
}

const sameOperands = binary((a, b) => (a === b ? () => a : undefined));

const absorbs = (bound: number): Rule =>
  eitherWay((x, limit) => (isFloatValue(x) && constantOf(limit) === bound ? () => x : undefined));

/** A bool constant as `true` or `false`. */
const truth = (value: Value): boolean | undefined => {
  const number = constantOf(value);
  return number === undefined ? undefined : number !== 0;
};

const whereRules: readonly Rule[] = [
  ({ inputs: [condition, a, b] }) => {
    const holds = truth(condition!);
    return holds === undefined ? undefined : () => (holds ? a! : b!);
  },
  ({ inputs: [, a, b] }) => (a === b ? () => a! : undefined),
  ({ inputs: [condition, a, b] }) => {
    const inner = matchOp(condition!, logicalNot)?.inputs[0];
    return inner && (() => where(inner, b!, a!));
  },
];

const logicalNotRules: readonly Rule[] = [
  (node) => {
    const inner = matchOp(node.inputs[0]!, logicalNot)?.inputs[0];
    return inner && (() => inner);
  },
  (node) => {
    const inner = matchOp(node.inputs[0]!, equal)?.inputs;
    return inner && (() => notEqual(inner[0]!, inner[1]!));
  },
  (node) => {
    const inner = matchOp(node.inputs[0]!, notEqual)?.inputs;
    return inner && (() => equal(inner[0]!, inner[1]!));
  },
];

/** `outer(inner(x))` is `outer(x)`: the outer one does not look at the sign. */
const ignoresSign =
  (outer: UnaryOp): Rule =>
  (node) => {
    const operand = node.inputs[0]!;
    const x = negated(operand) ?? matchOp(operand, abs)?.inputs[0];
    return x && (() => outer(x));
  };

/** `outer(inner(x))` is `inner(x)`, whose values the outer op leaves alone. */
const keeps =
  (...inner: readonly UnaryOp[]): Rule =>
  (node) => {
    const operand = node.inputs[0]!;
    return inner.some((op) => matchOp(operand, op)) ? () => operand : undefined;
  };

/** Of uint32, a negative is large, and its own absolute value. */
const unlessUnsigned =
  (rule: Rule): Rule =>
  (node) =>
    node.outputs[0]!.dtype === "uint32" ? undefined : rule(node);

const WHOLE: readonly UnaryOp[] = [floor, ceil, round, trunc, sign];

/**
 * Arithmetic that does nothing, or that something cheaper does as well.
 * Only identities that hold for every bit pattern, NaN, infinities and -0 included: `x + 0` stays, because of
 * x = -0, and so does `x · 0`. Sums and products are never regrouped. A replacement is never more nodes. O(nodes).
 */
export const simplifyAlgebra: Pass = defineRules("simplify-algebra", [
  [add, ...addRules],
  [subtract, ...subtractRules],
  [multiply, ...multiplyRules],
  [divide, ...divideRules],
  [
    negative,
    (node) => {
      const x = negated(node.inputs[0]!);
      return x && (() => x);
    },
  ],
  [maximum, sameOperands, absorbs(-Infinity)],
  [minimum, sameOperands, absorbs(Infinity)],
  [where, ...whereRules],
  [logicalNot, ...logicalNotRules],
  [
    logicalAnd,
    sameOperands,
    eitherWay((x, other) => (truth(other) === true ? () => x : undefined)),
    eitherWay((_, other) => (truth(other) === false ? () => other : undefined)),
  ],
  [
    logicalOr,
    sameOperands,
    eitherWay((x, other) => (truth(other) === false ? () => x : undefined)),
    eitherWay((_, other) => (truth(other) === true ? () => other : undefined)),
  ],
  [logicalXor, eitherWay((x, other) => (truth(other) === false ? () => x : undefined))],
  [abs, keeps(abs, relu), unlessUnsigned(ignoresSign(abs))],
  [square, ignoresSign(square)],
  [relu, keeps(relu, abs)],
  [sign, keeps(sign)],
  [floor, keeps(...WHOLE)],
  [ceil, keeps(...WHOLE)],
  [round, keeps(...WHOLE)],
  [trunc, keeps(...WHOLE)],
]);
