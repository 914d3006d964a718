import * as ir from "@weftjs/ir";
import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { given } from "./numeric.js";
import { sum } from "./reductions.js";
import { reshape, transpose } from "./shape.js";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/**
 * Elements added around the spatial axes: as many before as behind (one number, or one for each axis), `[before,
 * behind]` for each axis, none (`"valid"`, or 0), or so many that there are as many windows as steps of the stride fit
 * (`"same"`; of an odd number the larger part goes behind).
 */
export type Padding = "same" | "valid" | PerAxis | readonly (readonly [before: number, behind: number])[];

/** In which order the axes of a batch stand: `"NCHW"` (`"NCW"` with one spatial axis) or `"NHWC"` (`"NWC"`). */
export type Layout2d = "NCHW" | "NHWC";

/** Where windows lie along the spatial axes. */
export interface WindowOptions {
  /** Steps between neighbouring windows; 1 where absent. */
  readonly stride?: PerAxis;
  /** Elements around the spatial axes; none where absent. */
  readonly padding?: Padding;
  /** Steps between neighbouring elements of a window; 1 where absent. */
  readonly dilation?: PerAxis;
}

/** The windows along one spatial axis. */
export interface WindowAxis {
  /** Elements of the axis. */
  readonly length: number;
  /** Elements of a window. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements of padding in front. */
  readonly low: number;
  /** How many windows there are. */
  readonly count: number;
}

/** From the first element of a window to its last. */
export const extentOf = ({ size, dilation }: { readonly size: number; readonly dilation: number }): number =>
  (size - 1) * dilation + 1;

/** The windows of `sizes` that the options describe along axes of these lengths. @throws W2122, W2123 */
export function windowAxes(
  name: string,
  lengths: readonly number[],
  sizes: readonly number[],
  options: WindowOptions,
): readonly WindowAxis[] {
  const steps = windowSteps(name, sizes, options);
  const pairs = paddingPairs(name, options.padding, sizes.length);
  return lengths.map((length, axis) => {
    const step = steps[axis]!;
    const extent = extentOf(step);
    if (pairs === "same") {
      const count = Math.ceil(length / step.stride);
      const total = Math.max(0, (count - 1) * step.stride + extent - length);
      return { ...step, length, low: Math.floor(total / 2), count };
    }
    const [low, high] = pairs[axis]!;
    const room = length + low + high - extent;
    if (room < 0) throw tooSmall(name, axis, length, [low, high], extent);
    return { ...step, length, low, count: Math.floor(room / step.stride) + 1 };
  });
}

/** Size, stride and dilation of windows, one an axis. @throws W2122 */
export function windowSteps(
  name: string,
  sizes: readonly number[],
  { stride = 1, dilation = 1 }: WindowOptions,
): readonly Pick<WindowAxis, "size" | "stride" | "dilation">[] {
  const strides = perAxis(name, "stride", stride, sizes.length, 1);
  const dilations = perAxis(name, "dilation", dilation, sizes.length, 1);
  return sizes.map((size, axis) => ({ size, stride: strides[axis]!, dilation: dilations[axis]! }));
}

/** One whole number an axis. @throws W2122 */
export function perAxis(
  name: string,
  option: string,
  value: PerAxis,
  count: number,
  least: number,
): readonly number[] {
  const list = typeof value === "number" ? Array<number>(count).fill(value) : value;
  const fits =
    Array.isArray(list) && list.length === count && list.every((n) => Number.isInteger(n) && n >= least);
  if (fits) return list;
  throw badOption(name, option, value, `one whole number from ${least} up, or ${count} of them`);
}

/** Padding as pairs; `"same"` depends on the lengths and stays. @throws W2122 */
export function paddingPairs(
  name: string,
  padding: Padding | undefined,
  count: number,
): "same" | readonly (readonly [number, number])[] {
  if (padding === "same") return "same";
  const numbers = padding === "valid" || padding === undefined ? 0 : padding;
  const list: readonly (number | readonly number[])[] =
    typeof numbers === "number" ? Array<number>(count).fill(numbers) : numbers;
  const pairs = Array.isArray(list)
    ? list.map((entry) => (Array.isArray(entry) ? entry : [entry, entry]))
    : [];
  const fits =
    pairs.length === count &&
    pairs.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0));
  if (fits) return pairs as [number, number][];
  throw badOption(
    name,
    "padding",
    padding,
    `"same", "valid", a whole number from 0 up, or ${count} of them or of pairs`,
  );
}

/**
 * All windows of `x: [..., spatial...]`, as `[..., window..., count...]`; `value` outside of `x`. Index arithmetic of
 * whoever reads it.
 */
export function windowsOf(x: Tensor, axes: readonly WindowAxis[], value: number = 0): Tensor {
  const { elements, within } = elementsOfWindows(x, axes, value);
  const spatial = [...elements.shape.keys()].slice(x.ndim - axes.length);
  const between = spatial.filter((axis) => !within.includes(axis));
  return transpose(elements, [...Array(x.ndim - axes.length).keys(), ...within, ...between]);
}

/**
 * All windows of `x: [..., spatial...]`, and which axes run within one; the others run from window to window, in order.
 * Windows that do not overlap are a reshape, so that the gradient has nothing to sum and nothing to move.
 */
export function elementsOfWindows(
  x: Tensor,
  axes: readonly WindowAxis[],
  value: number,
): { readonly elements: Tensor; readonly within: readonly number[] } {
  const lead = x.shape.slice(0, x.ndim - axes.length);
  if (areBlocks(axes)) {
    const blocks = axes.flatMap(({ count, size }) => [count, size]);
    const elements = reshape(cropped(x, lead, axes), [...lead, ...blocks]);
    return { elements, within: axes.map((_, k) => lead.length + 2 * k + 1) };
  }
  const sizes = axes.map(({ size }) => size);
  const lengths = axes.map(({ length }) => length);
  const rows = reshape(x, [...lead, ...sizes.map(() => 1), ...lengths]);
  const spread = given(ir.broadcastTo(rows, { shape: [...lead, ...sizes, ...lengths] }));
  const counts = axes.map(({ count }) => count);
  const elements = given(ir.windows(spread, { ...attrsOf(axes), sizes: counts, value }));
  return { elements, within: axes.map((_, k) => lead.length + k) };
}

/** The adjoint: adds all windows `[..., window..., count...]` up where they overlap in `[..., spatial...]`. */
export function addWindows(x: Tensor, axes: readonly WindowAxis[]): Tensor {
  const lead = x.shape.slice(0, x.ndim - 2 * axes.length);
  const lengths = axes.map(({ length }) => length);
  const isTiling = areBlocks(axes) && axes.every(({ length, count, stride }) => length === count * stride);
  if (isTiling && axes.every(({ size, stride }) => size === stride)) {
    return reshape(transpose(x, interleaved(lead.length, axes.length)), [...lead, ...lengths]);
  }
  const placed = given(ir.unwindows(x, { ...attrsOf(axes), sizes: lengths }));
  return sum(placed, { axis: axes.map((_, k) => lead.length + k) });
}

function attrsOf(axes: readonly WindowAxis[]): Record<"stride" | "dilation" | "low", readonly number[]> {
  return {
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    low: axes.map(({ low }) => low),
  };
}

/** Whether windows lie side by side, or are single elements, and all of each is inside. */
function areBlocks(axes: readonly WindowAxis[]): boolean {
  return axes.every(({ length, size, stride, dilation, low, count }) => {
    const isInside = low === 0 && (count - 1) * stride + (size - 1) * dilation < length;
    return isInside && (size === 1 || (size === stride && dilation === 1));
  });
}

/** The elements that windows which do not overlap take. */
function cropped(x: Tensor, lead: readonly number[], axes: readonly WindowAxis[]): Tensor {
  const sizes = [...lead, ...axes.map(({ size, count }) => size * count)];
  const strides = [...lead.map(() => 1), ...axes.map(({ size, stride }) => (size === 1 ? stride : 1))];
  if (sizes.every((size, axis) => size === x.shape[axis])) return x;
  return given(ir.slice(x, { starts: sizes.map(() => 0), sizes, strides }));
}

/** From `[lead..., window..., count...]` to `[lead..., count, window, count, window, ...]`. */
function interleaved(lead: number, spatial: number): number[] {
  const pairs = Array.from({ length: spatial }, (_, k) => [lead + spatial + k, lead + k]);
  return [...Array(lead).keys(), ...pairs.flat()];
}

/** @throws W2120 unless `x` has as many axes as the operation needs. */
export function checkRank(name: string, x: Tensor, axes: readonly string[]): void {
  if (x.ndim === axes.length) return;
  throw userError({
    code: "W2120",
    message: `${name} needs a tensor of axes [${axes.join(", ")}], got ${formatType(x.type)}`,
    hint: "a single example is a batch of one: expandDims(x, 0)",
  });
}

export function badOption(name: string, option: string, value: unknown, needed: string): Error {
  return userError({
    code: "W2122",
    message: `${name} needs as ${option} ${needed}, got ${JSON.stringify(value)}`,
  });
}

function tooSmall(
  name: string,
  axis: number,
  length: number,
  [low, high]: readonly [number, number],
  extent: number,
): Error {
  const padding = low + high === 0 ? "" : ` and ${low} + ${high} of padding`;
  return userError({
    code: "W2123",
    message: `${name} has windows of ${extent} along spatial axis ${axis}, which has ${length} elements${padding}`,
    hint: 'padding: "same" keeps the size; a smaller window or dilation fits too',
  });
}

/** The transposed convolution whose padding takes everything away. */
export function nothingLeft(name: string, axis: number, padding: number, length: number): Error {
  return userError({
    code: "W2123",
    message: `${name} takes ${padding} of padding away along spatial axis ${axis}, which has ${length} elements`,
    hint: 'padding: "same" gives length · stride elements',
  });
}
