import { elementCount, formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add, multiply, square, subtract } from "./arithmetic.js";
import { axesOf, axisOf, type AxisSpec } from "./axes.js";
import { astype, stopGradient } from "./convert.js";
import { full } from "./creation.js";
import { rsqrt } from "./exponential.js";
import { inFloat32, mean, toFloat, variance } from "./reductions.js";
import { reshape } from "./shape.js";

/** Which statistics `batchNorm` takes. */
export interface BatchNormOptions {
  /** Normalises by the batch's own statistics, and gives new running ones; else by those given. */
  readonly training: boolean;
  /** The running mean, `[channels]`. Before the first step of a training it may be absent: zeros. */
  readonly mean?: Tensor;
  /** The running variance, `[channels]`. Before the first step of a training it may be absent: ones. */
  readonly variance?: Tensor;
  /** Added to the variance under the root; 1e-5 where absent. */
  readonly eps?: number;
  /** The share of the batch in the new running statistics; 0.1 where absent. */
  readonly momentum?: number;
  /** The axis of the channels: 1 where absent, -1 for channels last. */
  readonly axis?: number;
}

/** What `batchNorm` gives: the result, and the statistics to hand in next time. */
export interface BatchNormed {
  /** Of the shape of `x`. */
  readonly y: Tensor;
  /** `[channels]`; in training new ones, else those given. No gradient flows through them. */
  readonly mean: Tensor;
  /** `[channels]`, alike. */
  readonly variance: Tensor;
}

/**
 * `(x - mean) / √(variance + eps) · gamma + beta`, with statistics of each channel over all other axes (Ioffe and
 * Szegedy, arXiv 1502.03167). `gamma` and `beta` are `[channels]`, null for none. As in PyTorch the batch is divided by
 * its population variance, while the running variance takes in the unbiased one.
 *
 * @throws W2101 an axis that is not there; W2124 tensors that are not one number a channel; W2125 inference without
 * statistics.
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  options: BatchNormOptions,
): BatchNormed {
  const { training, eps = 1e-5, momentum = 0.1, axis = 1 } = options;
  const floats = toFloat(x);
  const channel = axisOf("batchNorm", axis, x);
  const channels = x.shape[channel]!;
  checkChannels("batchNorm", channels, { gamma, beta, mean: options.mean, variance: options.variance });
  const along = (t: Tensor): Tensor => reshape(t, x.shape.map((_, k) => (k === channel ? channels : 1))); // prettier-ignore
  if (!training) {
    if (!options.mean || !options.variance) throw noStatistics();
    const { mean, variance } = options;
    const scale = rsqrt(add(variance, eps));
    const y = affine(multiply(subtract(floats, along(mean)), along(scale)), gamma, beta, along);
    return { y, mean, variance };
  }
  const others = [...x.shape.keys()].filter((k) => k !== channel);
  const isHalf = floats.dtype === "float16";
  const wide = isHalf ? astype(floats, "float32") : floats;
  const own = mean(wide, { axis: others });
  const spread = variance(wide, { axis: others });
  const scaled = multiply(subtract(wide, along(own)), along(rsqrt(add(spread, eps))));
  const normal = isHalf ? astype(scaled, "float16") : scaled;
  const count = elementCount(others.map((k) => x.shape[k]!));
  // A float16 batch keeps float16 statistics float16, so that they can go around a loop.
  const blend = (before: Tensor, now: Tensor): Tensor => {
    const blended = add(multiply(before, 1 - momentum), multiply(stopGradient(now), momentum));
    return isHalf ? astype(blended, before.dtype) : blended;
  };
  return {
    y: affine(normal, gamma, beta, along),
    mean: blend(options.mean ?? full([channels], 0, floats), own),
    variance: blend(
      options.variance ?? full([channels], 1, floats),
      multiply(spread, count / Math.max(1, count - 1)),
    ),
  };
}

/**
 * `(x - mean) / √(variance + eps)` over each of `groups` groups of channels of one sample and all axes behind, then
 * `· gamma + beta` a channel (Wu and He, arXiv 1803.08494). `x: [batch, channels, …]`, `gamma` and `beta: [channels]`,
 * null for none.
 *
 * @throws W2124 tensors that are not one number a channel, or groups that do not divide the channels.
 */
export function groupNorm(
  x: Tensor,
  groups: number,
  gamma: Tensor | null = null,
  beta: Tensor | null = null,
  { eps = 1e-5 }: { readonly eps?: number } = {},
): Tensor {
  const channel = axisOf("groupNorm", 1, x);
  const [batch, channels, ...rest] = x.shape as [number, number, ...number[]];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) throw unevenGroups(x, groups);
  checkChannels("groupNorm", channels, { gamma, beta });
  const grouped = reshape(toFloat(x), [batch, groups, channels / groups, ...rest]);
  const axis = [2, ...rest.map((_, k) => 3 + k)];
  const normal = standardised(grouped, axis, eps);
  const along = (t: Tensor): Tensor => reshape(t, x.shape.map((_, k) => (k === channel ? channels : 1))); // prettier-ignore
  return affine(reshape(normal, x.shape), gamma, beta, along);
}

/**
 * `x / √(mean(x²) + eps) · gamma` along an axis or several, the last where absent (Zhang and Sennrich, arXiv
 * 1910.07467). `gamma` broadcasts; null for none.
 *
 * @throws W2101 an axis that is not there.
 */
export function rmsNorm(
  x: Tensor,
  gamma: Tensor | null = null,
  { axis = -1, eps = 1e-6 }: { readonly axis?: number | readonly number[]; readonly eps?: number } = {},
): Tensor {
  const floats = toFloat(x);
  const axes = axesOf("rmsNorm", axis, x);
  // The mean of squares passes what a float16 can be where x is past 255.
  const normal = inFloat32(floats, (wide) =>
    multiply(wide, rsqrt(add(mean(square(wide), { axis: axes, keepdims: true }), eps))),
  );
  return gamma === null ? normal : multiply(normal, gamma);
}

/**
 * `(x - mean) / √(variance + eps)` along axes, in the dtype of `x`. float16 in float32, because a variance past 65,504
 * would make all of the result 0.
 */
export function standardised(x: Tensor, axis: AxisSpec, eps: number): Tensor {
  return inFloat32(x, (wide) => {
    const centred = subtract(wide, mean(wide, { axis, keepdims: true }));
    return multiply(centred, rsqrt(add(variance(wide, { axis, keepdims: true }), eps)));
  });
}

function affine(
  normal: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  along: (t: Tensor) => Tensor,
): Tensor {
  const scaled = gamma ? multiply(normal, along(gamma)) : normal;
  return beta ? add(scaled, along(beta)) : scaled;
}

function checkChannels(
  name: string,
  channels: number,
  tensors: Readonly<Record<string, Tensor | null | undefined>>,
): void {
  for (const [what, t] of Object.entries(tensors)) {
    if (!t || (t.ndim === 1 && t.shape[0] === channels)) continue;
    throw userError({
      code: "W2124",
      message: `${name} over ${channels} channels needs as ${what} one number a channel, got ${formatType(t.type)}`,
      hint: "the axis option says which axis the channels are, if not axis 1",
    });
  }
}

function unevenGroups(x: Tensor, groups: number): Error {
  return userError({
    code: "W2124",
    message: `groupNorm cannot divide ${x.shape[1]} channels into ${groups} groups`,
    notes: [`x is ${formatType(x.type)}`],
  });
}

function noStatistics(): Error {
  return userError({
    code: "W2125",
    message: "batchNorm needs a running mean and variance to normalise by when not training",
    hint: "hand in those that it gave in training: batchNorm(x, gamma, beta, { training: false, mean, variance })",
  });
}
