import * as ir from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { add, clip, divide, multiply, subtract } from "./arithmetic.js";
import type { AxisSpec } from "./axes.js";
import { greater, greaterEqual, where } from "./compare.js";
import { exp, expm1, log } from "./exponential.js";
import { type Unary, unary } from "./numeric.js";
import { finiteMax, inFloat32, sum, toFloat } from "./reductions.js";
import { erf, tanh } from "./trigonometric.js";

/** `max(x, 0)`; its gradient at 0 is 0. */
export const relu: Unary = unary(ir.relu);

/** `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Unary = unary(ir.sigmoid);

/** Smooth ramp `ln(1 + eˣ)`; right for large and small `x`. */
export const softplus: Unary = unary(ir.softplus);

/** `min(max(x, 0), 6)`; its gradient at 0 and at 6 is 0. */
export function relu6(x: Tensor): Tensor {
  return where(greaterEqual(x, 6), 6, relu(x));
}

/** `x · Φ(x)` with the normal distribution's Φ; with `approximate`, Hendrycks and Gimpel's tanh form (arXiv 1606.08415). */
export function gelu(x: Tensor, { approximate = false }: { readonly approximate?: boolean } = {}): Tensor {
  if (!approximate) return multiply(multiply(x, 0.5), add(1, erf(multiply(x, Math.SQRT1_2))));
  // float16 cannot hold x³ past 40: its tanh is 1 there, but its gradient would be 0 · ∞.
  const bend = inFloat32(x, (wide) => {
    const cubic = add(wide, multiply(0.044715, multiply(wide, multiply(wide, wide))));
    return tanh(multiply(Math.sqrt(2 / Math.PI), cubic));
  });
  return multiply(multiply(x, 0.5), add(1, bend));
}

/** `x · sigmoid(x)`. */
export function silu(x: Tensor): Tensor {
  return multiply(x, sigmoid(x));
}

/** `x` above 0, `alpha · (eˣ - 1)` below. */
export function elu(x: Tensor, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor {
  const isAbove = greater(x, 0);
  // The branch that is not taken must stay finite, or its gradient would be 0 · ∞.
  return where(isAbove, x, multiply(alpha, expm1(where(isAbove, 0, x))));
}

const SELU_ALPHA = 1.6732632423543772; // Klambauer et al., Self-normalizing neural networks, 2017
const SELU_SCALE = 1.0507009873554805;

/** `elu` with the constants that keep activations standardised. */
export function selu(x: Tensor): Tensor {
  return multiply(SELU_SCALE, elu(x, { alpha: SELU_ALPHA }));
}

/** `x` above 0, `slope · x` below. */
export function leakyRelu(x: Tensor, { slope = 0.01 }: { readonly slope?: number } = {}): Tensor {
  return where(greater(x, 0), x, multiply(x, slope));
}

/** `x · min(max(x + 3, 0), 6) / 6`. */
export function hardSwish(x: Tensor): Tensor {
  return multiply(x, divide(clip(add(x, 3), 0, 6), 6));
}

/** The axis, or axes, that `softmax` and `logSoftmax` sum over. */
export interface AxisChoice {
  /** The last where absent. */
  readonly axis?: AxisSpec;
}

/**
 * `eˣ / Σ eˣ` along an axis. Shape of `x`; integers become float32. The largest is taken out first, so that nothing
 * overflows; a row of -∞ alone gives NaN, as 0 / 0.
 *
 * @throws W2101 an axis that is not there.
 */
export function softmax(x: Tensor, { axis = -1 }: AxisChoice = {}): Tensor {
  const floats = toFloat(x);
  const powers = exp(subtract(floats, finiteMax(floats, axis)));
  return divide(powers, sum(powers, { axis, keepdims: true }));
}

/**
 * `x - ln Σ eˣ` along an axis: the logarithm of `softmax`, right where that would be 0. Shape of `x`; integers become
 * float32.
 *
 * @throws W2101 an axis that is not there.
 */
export function logSoftmax(x: Tensor, { axis = -1 }: AxisChoice = {}): Tensor {
  const floats = toFloat(x);
  const shifted = subtract(floats, finiteMax(floats, axis));
  return subtract(shifted, log(sum(exp(shifted), { axis, keepdims: true })));
}
