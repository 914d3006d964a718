import { elementCount, formatType, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add } from "./arithmetic.js";
import { matmul } from "./linear-algebra.js";
import { reshape, transpose } from "./shape.js";
import {
  addWindows,
  badOption,
  checkRank,
  extentOf,
  type Layout2d,
  nothingLeft,
  paddingPairs,
  type WindowAxis,
  windowAxes,
  type WindowOptions,
  windowsOf,
  windowSteps,
} from "./windows.js";

// Convolutions are matrix products whose operand is read through the index map of its windows (implicit GEMM): no
// window is written to memory, and bias and activation are finished in the same kernel.

/** What all convolutions have in common. */
export interface ConvOptions extends WindowOptions {
  /** Channels fall into so many groups, each convolved by itself; 1 where absent, the channels for a depthwise one. */
  readonly groups?: number;
  /** Added to each channel of the result: `[out]`. */
  readonly bias?: Tensor | null;
}

/** How `conv1d` lays its windows. */
export interface Conv1dOptions extends ConvOptions {
  /** Where the channels of `x` and of the result stand. */
  readonly layout?: "NCW" | "NWC";
}

/** How `conv2d` and `convTranspose2d` lay their windows. */
export interface Conv2dOptions extends ConvOptions {
  /** Where the channels of `x` and of the result stand. */
  readonly layout?: Layout2d;
}

/**
 * The convolution (as in all of machine learning: the cross-correlation) of `x: [batch, in, width]` with
 * `w: [out, in / groups, size]`: `[batch, out, count]`. With layout `"NWC"` `x` and the result have their channels
 * last; `w` is the same in both. Integers become float32.
 *
 * @throws W2120 another number of axes; W2121 channels, groups or bias that do not fit; W2122 an option that makes no
 * sense; W2123 windows longer than the axis with its padding.
 */
export function conv1d(x: Tensor, w: Tensor, { layout = "NCW", ...options }: Conv1dOptions = {}): Tensor {
  return convolve("conv1d", ["width"], x, w, options, isChannelsLast("conv1d", layout, "NCW", "NWC"));
}

/**
 * The convolution (as in all of machine learning: the cross-correlation) of `x: [batch, in, height, width]` with
 * `w: [out, in / groups, rows, columns]`: `[batch, out, …]`. With layout `"NHWC"` `x` and the result have their
 * channels last; `w` is the same in both. Integers become float32.
 *
 * @throws W2120 another number of axes; W2121 channels, groups or bias that do not fit; W2122 an option that makes no
 * sense; W2123 windows longer than an axis with its padding.
 */
export function conv2d(x: Tensor, w: Tensor, { layout = "NCHW", ...options }: Conv2dOptions = {}): Tensor {
  const channelsLast = isChannelsLast("conv2d", layout, "NCHW", "NHWC");
  return convolve("conv2d", ["height", "width"], x, w, options, channelsLast);
}

/**
 * The adjoint of `conv2d` with the same options, as a layer of its own: `x: [batch, in, height, width]` and
 * `w: [in, out / groups, rows, columns]` give `[batch, out, …]`, `stride` times as large. Each spatial axis gets
 * `(length - 1) · stride + extent - padding` elements, with `"same"` `length · stride`, with `"valid"` at least that.
 *
 * @throws W2120, W2121, W2122 as `conv2d`; W2123 where the padding leaves nothing.
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  { layout = "NCHW", ...options }: Conv2dOptions = {},
): Tensor {
  const name = "convTranspose2d";
  const channelsLast = isChannelsLast(name, layout, "NCHW", "NHWC");
  const names = ["height", "width"];
  checkRank(name, x, axisNames(names, channelsLast));
  checkRank(name, w, ["in", "out / groups", "rows", "columns"]);
  const { groups = 1, bias = null } = options;
  const image = channelsLast ? transpose(x, [0, 3, 1, 2]) : x;
  const [batch, channels, ...lengths] = image.shape as [number, number, ...number[]];
  const [inputs, share, ...sizes] = w.shape as [number, number, ...number[]];
  const outputs = share * groups;
  const fits = Number.isInteger(groups) && groups > 0 && inputs === channels && channels % groups === 0;
  if (!fits) throw channelsDiffer(name, x, w, `[${channels}, out / ${groups}, …]`, groups);
  checkBias(name, bias, outputs);

  const axes = transposedAxes(name, lengths, sizes, options);
  const positions = elementCount(lengths);
  const kernel = reshape(w, [groups, channels / groups, share * elementCount(sizes)]);
  const grouped = reshape(image, [batch, groups, channels / groups, positions]);
  const pixels = reshape(transpose(grouped, [1, 2, 0, 3]), [groups, channels / groups, batch * positions]);
  const products = product(transpose(kernel, [0, 2, 1]), pixels);
  const split = reshape(products, [outputs, ...sizes, batch, ...lengths]);
  const summed = addWindows(transpose(split, [3, 0, 1, 2, 4, 5]), axes);
  return finished(summed, bias, channelsLast);
}

/** `x` and `w` as matrices, with the windows of `x` as columns (as rows where the channels come last). */
function convolve(
  name: string,
  spatial: readonly string[],
  x: Tensor,
  w: Tensor,
  { groups = 1, bias = null, ...options }: ConvOptions,
  channelsLast: boolean,
): Tensor {
  checkRank(name, x, axisNames(spatial, channelsLast));
  checkRank(name, w, ["out", "in / groups", ...spatial.map((axis) => `window ${axis}`)]);
  const count = spatial.length;
  const image = channelsLast ? transpose(x, [0, count + 1, ...spatial.map((_, k) => k + 1)]) : x;
  const [batch, channels, ...lengths] = image.shape as [number, number, ...number[]];
  const [outputs, share, ...sizes] = w.shape as [number, number, ...number[]];
  const fits =
    Number.isInteger(groups) && groups > 0 && share * groups === channels && outputs % groups === 0;
  if (!fits) throw channelsDiffer(name, x, w, `[out, ${channels} / ${groups}, …]`, groups);
  checkBias(name, bias, outputs);

  const axes = windowAxes(name, lengths, sizes, options);
  const shape: ConvShape = { batch, groups, inputs: share, outputs: outputs / groups, axes };
  const patches = windowsOf(reshape(image, [batch, groups, share, ...lengths]), axes);
  if (channelsLast) {
    const result = channelsLastProduct(patches, w, shape);
    return bias ? add(result, bias) : result;
  }
  return finished(channelsFirstProduct(patches, w, shape), bias, false);
}

interface ConvShape {
  readonly batch: number;
  readonly groups: number;
  /** Channels of one group. */
  readonly inputs: number;
  readonly outputs: number;
  readonly axes: readonly WindowAxis[];
}

/** `patches: [batch, groups, in, window…, count…]` gives `[batch, out, count…]`. */
function channelsFirstProduct(patches: Tensor, w: Tensor, shape: ConvShape): Tensor {
  const { batch, groups, inputs, outputs, axes } = shape;
  const [inner, counts] = [inputs * windowSize(axes), axes.map(({ count }) => count)];
  const n = axes.length;
  const columns = transpose(patches, [
    1,
    2,
    ...axes.map((_, k) => 3 + k),
    0,
    ...axes.map((_, k) => 3 + n + k),
  ]);
  const result = product(
    reshape(w, [groups, outputs, inner]),
    reshape(columns, [groups, inner, batch * elementCount(counts)]),
  );
  const split = reshape(result, [groups * outputs, batch, ...counts]);
  return transpose(split, [1, 0, ...counts.map((_, k) => 2 + k)]);
}

/** `patches: [batch, groups, in, window…, count…]` gives `[batch, count…, out]`. */
function channelsLastProduct(patches: Tensor, w: Tensor, shape: ConvShape): Tensor {
  const { batch, groups, inputs, outputs, axes } = shape;
  const [inner, counts] = [inputs * windowSize(axes), axes.map(({ count }) => count)];
  const n = axes.length;
  // Channels vary fastest along the inner axis, as in memory: four of them are read at once.
  const rows = transpose(patches, [1, 0, ...axes.map((_, k) => 3 + n + k), ...axes.map((_, k) => 3 + k), 2]);
  const kernel = reshape(w, [groups, outputs, inputs, ...axes.map(({ size }) => size)]);
  const result = product(
    reshape(rows, [groups, batch * elementCount(counts), inner]),
    reshape(transpose(kernel, [0, ...axes.map((_, k) => 3 + k), 2, 1]), [groups, inner, outputs]),
  );
  const split = reshape(result, [groups, batch, ...counts, outputs]);
  const together = transpose(split, [1, ...counts.map((_, k) => 2 + k), 0, 2 + n]);
  return reshape(together, [batch, ...counts, groups * outputs]);
}

/** The products of equal batches; of one matrix each, without the batch. */
function product(a: Tensor, b: Tensor): Tensor {
  if (a.shape[0] !== 1) return matmul(a, b);
  return matmul(reshape(a, a.shape.slice(1)), reshape(b, b.shape.slice(1)));
}

/** Where the windows of a transposed convolution go: the axes are those of its result. */
function transposedAxes(
  name: string,
  counts: readonly number[],
  sizes: readonly number[],
  options: WindowOptions,
): readonly WindowAxis[] {
  const steps = windowSteps(name, sizes, options);
  const pairs = paddingPairs(name, options.padding, sizes.length);
  return counts.map((count, axis) => {
    const step = steps[axis]!;
    const extent = extentOf(step);
    const overhang = Math.max(0, extent - step.stride);
    if (pairs === "same") {
      return { ...step, count, length: count * step.stride, low: Math.floor(overhang / 2) };
    }
    if (options.padding === "valid")
      return { ...step, count, length: count * step.stride + overhang, low: 0 };
    const [low, high] = pairs[axis]!;
    const length = count === 0 ? 0 : (count - 1) * step.stride + extent - low - high;
    if (length < 0) throw nothingLeft(name, axis, low + high, length + low + high);
    return { ...step, count, length, low };
  });
}

/** `[batch, out, …]` with its bias, in the layout asked for. */
function finished(y: Tensor, bias: Tensor | null, channelsLast: boolean): Tensor {
  if (channelsLast) {
    const last = transpose(y, [0, ...Array.from({ length: y.ndim - 2 }, (_, k) => k + 2), 1]);
    return bias ? add(last, bias) : last;
  }
  return bias ? add(y, reshape(bias, [y.shape[1]!, ...Array<number>(y.ndim - 2).fill(1)])) : y;
}

const windowSize = (axes: readonly WindowAxis[]): number => elementCount(axes.map(({ size }) => size));

function axisNames(spatial: readonly string[], channelsLast: boolean): readonly string[] {
  return channelsLast ? ["batch", ...spatial, "in"] : ["batch", "in", ...spatial];
}

function isChannelsLast(name: string, layout: string, first: string, last: string): boolean {
  if (layout === first || layout === last) return layout === last;
  throw badOption(name, "layout", layout, `"${first}" or "${last}"`);
}

function checkBias(name: string, bias: Tensor | null, outputs: number): void {
  if (!bias || (bias.ndim === 1 && bias.shape[0] === outputs)) return;
  throw userError({
    code: "W2121",
    message: `${name} gives ${outputs} channels, its bias is ${formatType(bias.type)}`,
    hint: "one number a channel of the result",
  });
}

function channelsDiffer(name: string, x: Tensor, w: Tensor, wanted: string, groups: number): Error {
  return userError({
    code: "W2121",
    message: `${name} needs weights ${wanted} for these channels, got [${(w.shape as Shape).join(", ")}]`,
    notes: [`x is ${formatType(x.type)}, w is ${formatType(w.type)}, groups ${groups}`],
    hint: 'groups divide the channels on both sides; images with channels last need layout: "NHWC"',
  });
}
