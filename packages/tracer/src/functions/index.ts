export type { Binary, Numeric, Unary } from "./numeric.js";
export type { AxisSpec } from "./axes.js";
export * from "./arithmetic.js";
export * from "./exponential.js";
export * from "./trigonometric.js";
export * from "./compare.js";
export * from "./convert.js";
export * from "./bits.js";
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
export {
  type AlongOption,
  embedding,
  type Indices,
  indexAdd,
  scatterAdd,
  take,
  takeAlongAxis,
} from "./gathering.js";
export { argsort, nonzero, searchsorted, sort, type SortOptions, topk } from "./sorting.js";
export * from "./linear-algebra.js";
export * from "./einsum.js";
export * from "./activations.js";
export * from "./losses.js";
export * from "./recurrent.js";
export * from "./attention.js";
export * from "./dropout.js";
export {
  conv1d,
  type Conv1dOptions,
  conv2d,
  type Conv2dOptions,
  type ConvOptions,
  convTranspose2d,
} from "./convolution.js";
export { avgPool2d, type AvgPool2dOptions, maxPool2d, type Pool2dOptions, unpool } from "./pooling.js";
export { batchNorm, type BatchNormed, type BatchNormOptions, groupNorm, rmsNorm } from "./normalization.js";
export type { Layout2d, Padding, PerAxis, WindowOptions } from "./windows.js";
