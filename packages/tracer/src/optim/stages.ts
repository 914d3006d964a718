import { full } from "../functions/creation.js";
import type { Numeric } from "../functions/numeric.js";
import type { Tensor } from "../tensor.js";
import type { Packed } from "./packed.js";
import { average, perElement } from "./per-element.js";
import type { Schedule } from "./schedules.js";
import { type GradientTransform, stateless } from "./transform.js";

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

/** A running sum `t ← g + decay·t`; Nesterov's looks one step ahead: `g + decay·t`. */
export function trace(decay: number, isNesterov: boolean): GradientTransform {
  return perElement({
    initial: [0],
    ...(isNesterov ? {} : { gives: 0 }),
    next(g, [before]) {
      const sum = average(decay, before!, 1, g);
      return { update: isNesterov ? g.add(sum.mul(decay)) : sum, kept: [sum] };
    },
  });
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
