import { add, multiply } from "../functions/arithmetic.js";
import { full } from "../functions/creation.js";
import type { Numeric } from "../functions/numeric.js";
import type { Tensor } from "../tensor.js";
import { Packed } from "./packed.js";
import type { Schedule } from "./schedules.js";
import { filled, type GradientTransform, type OptimizerState, stateless } from "./transform.js";

/** A number, or one that changes with the steps. */
export type Rate = number | Schedule;

/** Times `-rate`: the last stage, because parameters go against the gradient. */
export function scaleByRate(rate: Rate): GradientTransform {
  if (typeof rate === "number") return scaleBy(-rate);
  return {
    init: () => full([], 0),
    update(updates, state) {
      const count = state as Tensor; // what init made
      const step = rate(count).neg();
      return [scaled(updates, step), count.add(1)];
    },
  };
}

function scaleBy(factor: number): GradientTransform {
  return stateless((updates) => updates.map((x) => x.mul(factor)));
}

/** Times one number, in the dtype of the updates. */
export function scaled(updates: Packed, factor: Tensor): Packed {
  return updates.map((x) => x.mul(x.dtype === factor.dtype ? factor : factor.astype(x.dtype)));
}

/** `g + decay · p`. */
export function addDecayed(weightDecay: number): GradientTransform {
  return stateless((updates, params) => updates.zip((g, p) => g.add(p.mul(weightDecay)), params));
}

/** What `filled` made of a state, as numbers of each parameter. */
export function packedState(state: OptimizerState, like: Packed): Packed {
  return Packed.ofVectors(like.layout, state as readonly Tensor[]);
}

/** `a·x + b·y`, written to memory as state. */
export function blended(a: number, x: Packed, b: number, y: Packed): Packed {
  return x.zip((left, right) => add(multiply(left, a), multiply(right, b)), y).stored();
}

/** A running sum `t ← g + decay·t`; Nesterov's looks one step ahead: `g + decay·t`. */
export function trace(decay: number, isNesterov: boolean): GradientTransform {
  return {
    init: (like) => filled(like, 0),
    update(updates, state) {
      const sum = blended(decay, packedState(state, updates), 1, updates);
      const next = isNesterov ? updates.zip((g, t) => g.add(t.mul(decay)), sum) : sum;
      return [next, sum.vectors];
    },
  };
}

/**
 * `1 - decay^(count + 1)`: what an average that began with zeros lacks after its next step. By expm1, because near 1
 * the difference of a power would lose digits: 1e-5 relative at the first step of Adam's second moment. From the count
 * before the step, so that nothing waits for the new one to be written.
 */
export function debias(decay: number, count: Tensor): Numeric {
  const rate = Math.log(decay);
  return decay === 0 ? 1 : count.mul(rate).add(rate).expm1().neg();
}

/** Divided by its bias, in the dtype of `x`. */
export function unbiased(x: Tensor, bias: Numeric): Tensor {
  return x.div(typeof bias === "number" || bias.dtype === x.dtype ? bias : bias.astype(x.dtype));
}
