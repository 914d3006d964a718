import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";

/** An axis counted from the front, or from the back where negative; a list of them, or all where absent. */
export type AxisSpec = number | readonly number[] | undefined;

/** The axis counted from the front. @throws W2101 when `x` has no such axis. */
export function axisOf(name: string, axis: number, x: Tensor, rank: number = x.type.shape.length): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw userError({
    code: "W2101",
    message: `${name} needs an axis from ${-rank} to ${rank - 1}, got ${axis}`,
    notes: [`operand is ${formatType(x.type)}`],
    ...(rank === 0 ? { hint: "a scalar has no axes" } : {}),
  });
}

/** Axes counted from the front, in order, each once. @throws W2101 */
export function axesOf(name: string, axis: AxisSpec, x: Tensor): readonly number[] {
  if (axis === undefined) return [...x.type.shape.keys()];
  if (typeof axis === "number") return [axisOf(name, axis, x)];
  const axes = axis.map((one) => axisOf(name, one, x));
  const distinct = new Set(axes);
  if (distinct.size === axes.length) return axes.toSorted((a, b) => a - b);
  throw userError({ code: "W2101", message: `${name} was given an axis twice: [${axis.join(",")}]` });
}
