import { formatType, isFloat, sameShape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { logSoftmax, softplus } from "./activations.js";
import { add, multiply, negative, square, subtract } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import { equal, greaterEqual, less, logicalAnd, where } from "./compare.js";
import { astype } from "./convert.js";
import { positions } from "./creation.js";
import { standardised } from "./normalization.js";
import type { Numeric } from "./numeric.js";
import { argmax } from "./positions.js";
import { mean, sum, toFloat } from "./reductions.js";
import { expandDims } from "./shape.js";

/** How the losses of the samples come together. */
export interface LossOptions {
  /** `mean` (the default) and `sum` over all samples give a scalar, `none` leaves one loss a sample. */
  readonly reduction?: "mean" | "sum" | "none";
}

export interface ClassOptions extends LossOptions {
  /** The axis of the classes; the last where absent. */
  readonly axis?: number;
}

/**
 * Cross-entropy between the softmax of `logits` and the truth: integer labels (the shape of `logits` without the class
 * axis) or probabilities (its shape). The mean over all samples unless said otherwise; NaN for a label that is no class.
 *
 * @throws W2109 when the truth is neither.
 */
export function crossEntropy(logits: Tensor, truth: Tensor, options: ClassOptions = {}): Tensor {
  const { axis = -1, reduction } = options;
  const logProbabilities = logSoftmax(logits, { axis });
  if (!isFloat(truth.dtype)) return nll(logProbabilities, truth, options);
  if (!sameShape(truth.shape, logits.shape)) throw notATruth(logits, truth);
  return reduced(negative(sum(multiply(truth, logProbabilities), { axis })), reduction);
}

/**
 * Negative log likelihood of integer labels, `[...]`, under log-probabilities, `[..., classes]`: the mean, a scalar, unless
 * said otherwise. NaN for a label that is no class.
 *
 * @throws W2109 labels of another shape; W2101 an axis that is not there.
 */
export function nll(
  logProbabilities: Tensor,
  labels: Tensor,
  { axis = -1, reduction }: ClassOptions = {},
): Tensor {
  const along = axisOf("nll", axis, logProbabilities);
  const { shape } = logProbabilities;
  if (!sameShape(labels.shape, shape.toSpliced(along, 1))) throw notATruth(logProbabilities, labels);
  const classes = positions(
    shape.map((size, k) => (k === along ? size : 1)),
    along,
  );
  const isTrue = equal(expandDims(labels, along), classes);
  const losses = negative(sum(where(isTrue, logProbabilities, 0), { axis: along }));
  const isClass = logicalAnd(greaterEqual(labels, 0), less(labels, shape[along]!));
  return reduced(where(isClass, losses, NaN), reduction);
}

/**
 * Binary cross-entropy between `sigmoid(logits)` and targets in [0, 1], written `softplus(x) - x·t` so that it never
 * overflows. Targets stretch to the shape of `logits`; a scalar float, or one loss an element with `"none"`.
 *
 * @throws W2003 shapes that do not broadcast.
 */
export function bceWithLogits(logits: Tensor, targets: Numeric, { reduction }: LossOptions = {}): Tensor {
  return reduced(subtract(softplus(logits), multiply(logits, targets)), reduction);
}

/**
 * The mean squared difference, of shapes that broadcast: a scalar float, or one square an element with `"none"`.
 *
 * @throws W2003 shapes that do not broadcast.
 */
export function mse(predictions: Tensor, targets: Numeric, { reduction }: LossOptions = {}): Tensor {
  return reduced(square(subtract(predictions, targets)), reduction);
}

/**
 * The share of samples whose largest logit is at the label, a float32 scalar: `logits: [..., classes]`, integer labels
 * `[...]`. Of equal logits the first counts. NaN of no samples.
 *
 * @throws W2101 an axis that is not there; W2003 labels that do not broadcast with the samples.
 */
export function accuracy(
  logits: Tensor,
  labels: Tensor,
  { axis = -1 }: { readonly axis?: number } = {},
): Tensor {
  return mean(astype(equal(argmax(logits, { axis }), labels), "float32"));
}

/** What `layerNorm` normalises together. */
export interface LayerNormOptions {
  /** The axes normalised together; the last where absent. */
  readonly axis?: number | readonly number[];
  /** Added to the variance under the root; 1e-5 where absent. */
  readonly eps?: number;
}

/**
 * `(x - mean) / √(variance + eps)` along axes, then `· gamma + beta` (Ba et al., arXiv 1607.06450). Shape of `x`, integers
 * become float32; `gamma` and `beta` broadcast, null for none.
 *
 * @throws W2101 an axis that is not there; W2003 `gamma` or `beta` that do not broadcast.
 */
export function layerNorm(
  x: Tensor,
  gamma: Numeric | null = null,
  beta: Numeric | null = null,
  { axis = -1, eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  const normal = standardised(toFloat(x), axis, eps);
  const scaled = gamma === null ? normal : multiply(normal, gamma);
  return beta === null ? scaled : add(scaled, beta);
}

function reduced(losses: Tensor, reduction: LossOptions["reduction"] = "mean"): Tensor {
  switch (reduction) {
    case "mean":
      return mean(losses);
    case "sum":
      return sum(losses);
    case "none":
      return losses;
    default:
      return reduction satisfies never;
  }
}

function notATruth(logits: Tensor, truth: Tensor): Error {
  return userError({
    code: "W2109",
    message: `labels must be integers, one a sample, or probabilities of the shape of the logits, got ${formatType(truth.type)}`,
    notes: [`logits are ${formatType(logits.type)}`],
    hint: 'integer labels: tensor(labels, { dtype: "int32" })',
  });
}
