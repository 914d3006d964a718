import { elementCount, type Shape } from "@weftjs/ir";
import { multiply } from "../functions/arithmetic.js";
import type { Tensor } from "../tensor.js";
import type { Key } from "./key.js";
import { normal, truncatedNormal, uniform } from "./samplers.js";

/** Which axes of a weight count what comes in and what goes out. */
export interface FanOptions {
  /** Where absent: 0 of a matrix, 1 of a convolution's kernel, [out, in, …]. Negative from the back. */
  readonly inAxis?: number;
  /** Where absent: 1 of a matrix, 0 of a convolution's kernel. */
  readonly outAxis?: number;
}

export interface VarianceScalingOptions extends FanOptions {
  /** The variance is `scale` divided by what the mode counts; 1 where absent. */
  readonly scale?: number;
  /** What n counts; `fanIn`, the inputs of a unit, where absent. */
  readonly mode?: "fanIn" | "fanOut" | "fanAverage";
  /** `truncatedNormal`, cut at two deviations, where absent. */
  readonly distribution?: "truncatedNormal" | "normal" | "uniform";
}

/** The deviation of a normal distribution cut at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * Weights whose variance keeps that of what passes through: `scale / n`, n the inputs or outputs of one unit or their
 * mean. float32. Numbers are those of `jax.nn.initializers.variance_scaling` with the same key and axes.
 */
export function varianceScaling(
  key: Key,
  shape: Shape,
  { scale = 1, mode = "fanIn", distribution = "truncatedNormal", ...axes }: VarianceScalingOptions = {},
): Tensor {
  const variance = scale / Math.max(1, fanOf(shape, mode, axes));
  switch (distribution) {
    case "uniform":
      return multiply(uniform(key, shape, { min: -1 }), Math.sqrt(3 * variance));
    case "normal":
      return multiply(normal(key, shape), Math.sqrt(variance));
    case "truncatedNormal":
      return multiply(truncatedNormal(key, -2, 2, shape), Math.sqrt(variance) / TRUNCATED_DEVIATION);
    default:
      return distribution satisfies never;
  }
}

function fanOf(
  shape: Shape,
  mode: "fanIn" | "fanOut" | "fanAverage",
  { inAxis = shape.length > 2 ? 1 : 0, outAxis = shape.length > 2 ? 0 : 1 }: FanOptions,
): number {
  const [incoming, outgoing] = [shape.at(inAxis) ?? 1, shape.at(outAxis) ?? 1];
  const rest = elementCount(shape) / (incoming * outgoing) || 1;
  const [fanIn, fanOut] = [incoming * rest, outgoing * rest];
  if (mode === "fanAverage") return (fanIn + fanOut) / 2;
  return mode === "fanIn" ? fanIn : fanOut;
}

/** Uniform with variance 2 / (in + out), for tanh and its like (Glorot and Bengio, 2010). Also called Xavier. */
export function glorotUniform(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, { ...axes, mode: "fanAverage", distribution: "uniform" });
}

/** Truncated normal with variance 2 / (in + out). */
export function glorotNormal(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, { ...axes, mode: "fanAverage" });
}

/** Uniform with variance 2 / in, for relu (He et al., 2015). Also called Kaiming. */
export function heUniform(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, { ...axes, scale: 2, distribution: "uniform" });
}

/** Truncated normal with variance 2 / in. */
export function heNormal(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, { ...axes, scale: 2 });
}

/** Uniform with variance 1 / in, for selu and linear units (LeCun et al., 1998). */
export function lecunUniform(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, { ...axes, distribution: "uniform" });
}

/** Truncated normal with variance 1 / in. */
export function lecunNormal(key: Key, shape: Shape, axes: FanOptions = {}): Tensor {
  return varianceScaling(key, shape, axes);
}
