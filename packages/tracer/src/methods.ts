import { Value } from "@weftjs/ir";
import * as functions from "./functions/index.js";
import { Tensor } from "./tensor.js";

/** Methods of at most one further operand: the hot ones, made without rest parameters. */
const SHORT = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "power",
  "mod",
  "maximum",
  "minimum",
  "sub",
  "mul",
  "div",
  "pow",
  "negative",
  "neg",
  "abs",
  "sign",
  "square",
  "reciprocal",
  "floor",
  "ceil",
  "round",
  "trunc",
  "exp",
  "exp2",
  "expm1",
  "log",
  "log2",
  "log1p",
  "sqrt",
  "rsqrt",
  "cbrt",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "arctan2",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "erfinv",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "logicalAnd",
  "logicalOr",
  "logicalXor",
  "logicalNot",
  "isNaN",
  "isFinite",
  "bitwiseAnd",
  "bitwiseOr",
  "bitwiseXor",
  "bitwiseNot",
  "leftShift",
  "rightShift",
  "bitcast",
  "astype",
  "stopGradient",
  "relu",
  "sigmoid",
  "softplus",
  "matmul",
  "dot",
] as const;

/** The other functions whose first operand is a tensor. */
const LONG = [
  "clip",
  "sum",
  "prod",
  "max",
  "min",
  "any",
  "all",
  "mean",
  "variance",
  "std",
  "norm",
  "logsumexp",
  "countNonzero",
  "argmax",
  "argmin",
  "cumsum",
  "cumprod",
  "cummax",
  "tril",
  "triu",
  "zerosLike",
  "onesLike",
  "reshape",
  "transpose",
  "permute",
  "swapaxes",
  "moveaxis",
  "expandDims",
  "squeeze",
  "ravel",
  "broadcastTo",
  "split",
  "pad",
  "flip",
  "roll",
  "tile",
  "repeat",
  "slice",
  "at",
  "diagonal",
  "trace",
  "outer",
  "tensordot",
  "oneHot",
  "take",
  "takeAlongAxis",
  "embedding",
  "searchsorted",
  "nonzero",
  "scatterAdd",
  "indexAdd",
  "sort",
  "argsort",
  "topk",
  "relu6",
  "gelu",
  "silu",
  "elu",
  "selu",
  "leakyRelu",
  "hardSwish",
  "softmax",
  "logSoftmax",
  "layerNorm",
  "conv1d",
  "conv2d",
  "convTranspose2d",
  "maxPool2d",
  "avgPool2d",
  "unpool",
  "batchNorm",
  "groupNorm",
  "rmsNorm",
  "where",
  "crossEntropy",
  "nll",
  "bceWithLogits",
  "mse",
  "accuracy",
  "lstmCell",
  "gruCell",
  "rnnCell",
  "lstm",
  "gru",
  "rnn",
  "scaledDotProductAttention",
] as const;

type Functions = typeof functions;

const table: Functions = { ...functions };

/** A function without its first parameter. */
type Method<F> = F extends (first: never, ...rest: infer R) => infer T ? (...rest: R) => T : never;

/** The functions as methods, each with the docs of its function. */
export type TensorMethods = {
  [K in keyof Pick<Functions, (typeof SHORT)[number] | (typeof LONG)[number]>]: Method<Functions[K]>;
};

declare module "./tensor.js" {
  // Merged into the class: what is declared here is installed below.
  interface Tensor extends TensorMethods {}
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Graph values have them too: the rules of a user's own op are written with them. */
function install(name: string, method: AnyFunction): void {
  for (const { prototype } of [Tensor, Value]) {
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  }
}

for (const name of SHORT) {
  const f = table[name] as AnyFunction;
  install(name, function (this: unknown, operand: unknown): unknown {
    return f(this, operand);
  });
}
for (const name of LONG) {
  const f = table[name] as AnyFunction;
  install(name, function (this: unknown, ...rest: unknown[]): unknown {
    return f(this, ...rest);
  });
}
