import { abs, clip, maximum, minimum } from "../functions/arithmetic.js";
import { greaterEqual, where } from "../functions/compare.js";
import { full } from "../functions/creation.js";
import { cos } from "../functions/trigonometric.js";
import type { Tensor } from "../tensor.js";

/**
 * A number that changes with the steps, usually the learning rate: from the count of steps done (float32[], 0 before
 * the first) to a float32[]. Made of ops, so that a step in `jit` is compiled once for all counts. Names and formulas
 * are Optax's (https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html).
 */
export type Schedule = (count: Tensor) => Tensor;

/** `value`, always. */
export function constantSchedule(value: number): Schedule {
  return () => full([], value);
}

/** When a schedule starts. */
export interface PolynomialOptions {
  /** Steps before it starts; 0 where absent. */
  readonly transitionBegin?: number;
}

/** From `start` to `end` in `transitionSteps` steps along `(1 - t)^power`, then `end`. */
export function polynomialSchedule(
  start: number,
  end: number,
  power: number,
  transitionSteps: number,
  { transitionBegin = 0 }: PolynomialOptions = {},
): Schedule {
  return (count) => {
    const share = clip(count.sub(transitionBegin), 0, transitionSteps).div(transitionSteps);
    return share.neg().add(1).pow(power).mul(start - end).add(end); // prettier-ignore
  };
}

/** From `start` to `end` in a straight line of `transitionSteps` steps, then `end`. */
export function linearSchedule(
  start: number,
  end: number,
  transitionSteps: number,
  options: PolynomialOptions = {},
): Schedule {
  return polynomialSchedule(start, end, 1, transitionSteps, options);
}

/** How `exponentialDecay` falls. */
export interface ExponentialDecayOptions extends PolynomialOptions {
  /** Falls once every `transitionSteps` steps instead of at each. */
  readonly staircase?: boolean;
  /** Where it stops: a floor for a rate below 1, a ceiling above. */
  readonly endValue?: number;
}

/** `start · decayRate^(count / transitionSteps)`. */
export function exponentialDecay(
  start: number,
  transitionSteps: number,
  decayRate: number,
  { transitionBegin = 0, staircase = false, endValue }: ExponentialDecayOptions = {},
): Schedule {
  return (count) => {
    const elapsed = maximum(count.sub(transitionBegin), 0).div(transitionSteps);
    const exponent = staircase ? elapsed.floor() : elapsed;
    // e^(x ln r): the rate is known, its logarithm exact to float64.
    const value = exponent.mul(Math.log(decayRate)).exp().mul(start);
    if (endValue === undefined) return value;
    return decayRate < 1 ? maximum(value, endValue) : minimum(value, endValue);
  };
}

/** How far `cosineDecaySchedule` falls. */
export interface CosineDecayOptions {
  /** The share of the first value that is left at the end; 0 where absent. */
  readonly alpha?: number;
  /** Of the cosine; 1 where absent. */
  readonly exponent?: number;
}

/** From `start` down half a cosine in `decaySteps` steps (Loshchilov and Hutter, https://arxiv.org/abs/1608.03983). */
export function cosineDecaySchedule(
  start: number,
  decaySteps: number,
  { alpha = 0, exponent = 1 }: CosineDecayOptions = {},
): Schedule {
  return (count) => {
    const angle = minimum(count, decaySteps).mul(Math.PI / decaySteps);
    const half = cos(angle).add(1).mul(0.5);
    // At the end float32's cosine may lie a little below -1.
    const decayed = exponent === 1 ? half : abs(half).pow(exponent);
    return decayed.mul(start * (1 - alpha)).add(start * alpha);
  };
}

/** Schedule `k` from step `boundaries[k - 1]` on, each counting its own steps from 0. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  return (count) =>
    boundaries.reduce(
      (value, boundary, k) =>
        where(greaterEqual(count, boundary), schedules[k + 1]!(count.sub(boundary)), value),
      schedules[0]!(count),
    );
}

/** `start`, times each factor from its step on: `piecewiseConstantSchedule(0.1, { 100: 0.5, 200: 0.1 })`. */
export function piecewiseConstantSchedule(
  start: number,
  boundariesAndScales: Readonly<Record<number, number>>,
): Schedule {
  const factors = Object.entries(boundariesAndScales).map(([boundary, scale]) => [Number(boundary), scale]);
  return (count) =>
    factors.reduce(
      (value, [boundary, scale]) => value.mul(where(greaterEqual(count, boundary!), scale!, 1)),
      full([], start),
    );
}

/** From `start` in a line to `peak` in `warmupSteps` steps, then `peak`. */
export function warmupConstantSchedule(start: number, peak: number, warmupSteps: number): Schedule {
  return linearSchedule(start, peak, warmupSteps);
}

/** From `start` in a line to `peak` in `warmupSteps` steps, then `exponentialDecay` from there. */
export function warmupExponentialDecaySchedule(
  start: number,
  peak: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  return joinSchedules(
    [linearSchedule(start, peak, warmupSteps), exponentialDecay(peak, transitionSteps, decayRate, options)],
    [warmupSteps],
  );
}

/** Where `warmupCosineDecaySchedule` ends. */
export interface WarmupCosineDecayOptions {
  /** 0 where absent. */
  readonly endValue?: number;
  /** Of the cosine; 1 where absent. */
  readonly exponent?: number;
}

/** From `start` in a line to `peak` in `warmupSteps`, then down half a cosine until `decaySteps`, warm-up included. */
export function warmupCosineDecaySchedule(
  start: number,
  peak: number,
  warmupSteps: number,
  decaySteps: number,
  { endValue = 0, exponent = 1 }: WarmupCosineDecayOptions = {},
): Schedule {
  const alpha = peak === 0 ? 0 : endValue / peak;
  return joinSchedules(
    [
      linearSchedule(start, peak, warmupSteps),
      cosineDecaySchedule(peak, decaySteps - warmupSteps, { alpha, exponent }),
    ],
    [warmupSteps],
  );
}
