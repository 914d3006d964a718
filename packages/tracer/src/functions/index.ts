export type { Binary, Numeric, Unary } from "./numeric.js";
export type { AxisSpec } from "./axes.js";
export * from "./arithmetic.js";
export * from "./exponential.js";
export * from "./trigonometric.js";
export * from "./compare.js";
export * from "./convert.js";
export {
  arange,
  type DTypeOption,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  tensor,
  type TensorLike,
  tri,
  tril,
  triu,
  zeros,
  zerosLike,
} from "./creation.js";
export {
  all,
  any,
  countNonzero,
  logsumexp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  variance,
  type VarianceOptions,
} from "./reductions.js";
export * from "./positions.js";
export * from "./cumulative.js";
export * from "./shape.js";
export * from "./joining.js";
export * from "./indexing.js";
export * from "./linear-algebra.js";
export * from "./einsum.js";
export * from "./activations.js";
export * from "./losses.js";
