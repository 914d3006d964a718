import { greaterEqual, less, logicalAnd, where } from "../functions/compare.js";
import { full } from "../functions/creation.js";
import { cos } from "../functions/trigonometric.js";
import type { Tensor } from "../tensor.js";
import { joinSchedules, type Schedule, warmupCosineDecaySchedule } from "./schedules.js";

/** How a schedule goes from one value to the next. */
export type Interpolation = "linear" | "cosine";

/**
 * From `start` by way of further values: at each boundary the value so far times its factor, between them along a line
 * or half a cosine, then the last: `piecewiseInterpolateSchedule("linear", 0.1, { 100: 0.5, 200: 0.1 })`.
 */
export function piecewiseInterpolateSchedule(
  interpolation: Interpolation,
  start: number,
  boundariesAndScales: Readonly<Record<number, number>>,
): Schedule {
  let [from, value] = [0, start];
  const pieces = Object.entries(boundariesAndScales).map(([boundary, scale]) => {
    const piece = { from, to: Number(boundary), start: value, end: value * scale };
    [from, value] = [piece.to, piece.end];
    return piece;
  });
  return (count) =>
    pieces.reduce(
      (now, piece) => {
        const isHere = logicalAnd(greaterEqual(count, piece.from), less(count, piece.to));
        const share = count.sub(piece.from).div(Math.max(1, piece.to - piece.from));
        return where(isHere, between(interpolation, piece.start, piece.end, share), now);
      },
      full([], value),
    );
}

function between(interpolation: Interpolation, start: number, end: number, share: Tensor): Tensor {
  if (interpolation === "linear") return share.mul(end - start).add(start);
  return cos(share.mul(Math.PI))
    .add(1)
    .mul((start - end) / 2)
    .add(end);
}

/** The shape of `cosineOnecycleSchedule`. */
export interface OnecycleOptions {
  /** The share of the steps until the peak; 0.3 where absent. */
  readonly peakShare?: number;
  /** How many times smaller than the peak the first value is; 25 where absent. */
  readonly divFactor?: number;
  /** How many times smaller than the first value the last one is; 1e4 where absent. */
  readonly finalDivFactor?: number;
}

/**
 * Up to `peak` and down again along half cosines in `steps` steps (Smith and Topin,
 * https://arxiv.org/abs/1708.07120).
 */
export function cosineOnecycleSchedule(
  steps: number,
  peak: number,
  { peakShare = 0.3, divFactor = 25, finalDivFactor = 1e4 }: OnecycleOptions = {},
): Schedule {
  return piecewiseInterpolateSchedule("cosine", peak / divFactor, {
    [Math.trunc(peakShare * steps)]: divFactor,
    [steps]: 1 / (divFactor * finalDivFactor),
  });
}

/** The shape of `linearOnecycleSchedule`. */
export interface LinearOnecycleOptions extends OnecycleOptions {
  /** The share of the steps until it is back at the first value; 0.85 where absent. */
  readonly finalShare?: number;
}

/** Up to `peak`, back to the first value and on to almost nothing, in straight lines of `steps` steps together. */
export function linearOnecycleSchedule(
  steps: number,
  peak: number,
  { peakShare = 0.3, finalShare = 0.85, divFactor = 25, finalDivFactor = 1e4 }: LinearOnecycleOptions = {},
): Schedule {
  return piecewiseInterpolateSchedule("linear", peak / divFactor, {
    [Math.trunc(peakShare * steps)]: divFactor,
    [Math.trunc(finalShare * steps)]: 1 / divFactor,
    [steps]: 1 / finalDivFactor,
  });
}

/** The arguments of one `warmupCosineDecaySchedule` among several. */
export type WarmupCosine = Parameters<typeof warmupCosineDecaySchedule>;

/** Warm restarts (Loshchilov and Hutter, https://arxiv.org/abs/1608.03983): `warmupCosineDecaySchedule`s in a row. */
export function sgdrSchedule(cycles: readonly WarmupCosine[]): Schedule {
  let steps = 0;
  const ends = cycles.map(([, , , decaySteps]) => (steps += decaySteps));
  return joinSchedules(
    cycles.map((cycle) => warmupCosineDecaySchedule(...cycle)),
    ends.slice(0, -1),
  );
}
