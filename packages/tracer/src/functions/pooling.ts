import * as ir from "@weftjs/ir";
import { type DType, isFloat } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { divide, maximum, minimum, multiply, subtract } from "./arithmetic.js";
import { astype } from "./convert.js";
import { positions } from "./creation.js";
import { given } from "./numeric.js";
import { max, sum, toFloat } from "./reductions.js";
import { reshape, transpose } from "./shape.js";
import {
  badOption,
  checkRank,
  elementsOfWindows,
  type Layout2d,
  type Padding,
  perAxis,
  type PerAxis,
  type WindowAxis,
  windowAxes,
} from "./windows.js";

/** The windows of a pool. */
export interface Pool2dOptions {
  /** Rows and columns of a window. */
  readonly size: PerAxis;
  /** The size where absent, so that windows lie side by side. */
  readonly stride?: PerAxis;
  /** Less than the size. */
  readonly padding?: Padding;
  /** Where the channels stand; `"NCHW"` where absent. */
  readonly layout?: Layout2d;
}

/** The windows of `avgPool2d`, and what counts in them. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether padding counts as elements (zeros), as it does by default. */
  readonly countIncludePad?: boolean;
}

/**
 * The largest of each window of `x: [batch, channels, height, width]`; NaN where one is NaN. Padding never wins. Equal
 * largest elements of one window share its gradient evenly, as with `max`.
 *
 * @throws W2120 another number of axes; W2122 an option that makes no sense; W2123 windows that do not fit.
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pooled("maxPool2d", x, options, (image, axes) => overWindows(max, image, axes, lowest(x.dtype)));
}

/**
 * The mean of each window of `x: [batch, channels, height, width]`; integers give float32. With `countIncludePad:
 * false` it is the mean of the elements alone, without the padding.
 *
 * @throws W2120 another number of axes; W2122 an option that makes no sense; W2123 windows that do not fit.
 */
export function avgPool2d(x: Tensor, { countIncludePad = true, ...options }: AvgPool2dOptions): Tensor {
  return pooled("avgPool2d", toFloat(x), options, (image, axes) => {
    const sums = overWindows(sum, image, axes, 0);
    const isPadded = axes.some(({ length, low, count, stride, size }) => {
      return low > 0 || (count - 1) * stride + size > length;
    });
    if (countIncludePad || !isPadded) return divide(sums, axes[0]!.size * axes[1]!.size);
    const [rows, columns] = axes.map((axis, k) => elementsInside(axis, k)) as [Tensor, Tensor];
    return divide(sums, astype(multiply(rows, columns), sums.dtype));
  });
}

/**
 * Each element of `x: [batch, channels, height, width]` as a block of `size` equal ones: what pooling with windows of
 * that size, side by side, brings back to `x`.
 *
 * @throws W2120 another number of axes; W2122 a size that is none.
 */
export function unpool(
  x: Tensor,
  { size, layout = "NCHW" }: { readonly size: PerAxis; readonly layout?: Layout2d },
): Tensor {
  const sizes = perAxis("unpool", "size", size, 2, 1);
  const first = firstSpatialAxis("unpool", x, layout);
  const isSpatial = (axis: number): boolean => axis === first || axis === first + 1;
  const times = x.shape.map((_, axis) => (isSpatial(axis) ? sizes[axis - first]! : 1));
  const split = reshape(x, x.shape.flatMap((length) => [length, 1])); // prettier-ignore
  const shape = x.shape.flatMap((length, axis) => [length, times[axis]!]);
  return reshape(given(ir.broadcastTo(split, { shape })), x.shape.map((length, axis) => length * times[axis]!)); // prettier-ignore
}

function pooled(
  name: string,
  x: Tensor,
  { size, stride = size, padding, layout = "NCHW" }: Pool2dOptions,
  pool: (image: Tensor, axes: readonly WindowAxis[]) => Tensor,
): Tensor {
  const first = firstSpatialAxis(name, x, layout);
  const sizes = perAxis(name, "size", size, 2, 1);
  const lengths = x.shape.slice(first, first + 2);
  const axes = windowAxes(name, lengths, sizes, { stride, ...(padding === undefined ? {} : { padding }) });
  const isEmpty = axes.some(({ low, size: rows, count, stride: step, length }) => {
    return low >= rows || (count - 1) * step - low >= length;
  });
  if (isEmpty && padding !== "same") throw badOption(name, "padding", padding, "less than the window's size");
  if (layout === "NCHW") return pool(x, axes);
  return transpose(pool(transpose(x, [0, 3, 1, 2]), axes), [0, 2, 3, 1]);
}

function firstSpatialAxis(name: string, x: Tensor, layout: Layout2d): number {
  const axes = {
    NCHW: ["batch", "channels", "height", "width"],
    NHWC: ["batch", "height", "width", "channels"],
  };
  if (!(layout in axes)) throw badOption(name, "layout", layout, '"NCHW" or "NHWC"');
  checkRank(name, x, axes[layout]);
  return layout === "NCHW" ? 2 : 1;
}

function overWindows(reduce: typeof max, image: Tensor, axes: readonly WindowAxis[], fill: number): Tensor {
  const { elements, within } = elementsOfWindows(image, axes, fill);
  return reduce(elements, { axis: within });
}

/** What never is larger than an element. */
function lowest(dtype: DType): number {
  if (isFloat(dtype)) return -Infinity;
  return dtype === "int32" ? -(2 ** 31) : 0;
}

/** How many elements of each window are no padding, along one of two spatial axes; int32, [count, 1] or [1, count]. */
function elementsInside({ length, size, stride, low, count }: WindowAxis, axis: number): Tensor {
  const start = subtract(multiply(positions([1, 1].with(axis, count), axis), stride), low);
  return subtract(minimum(subtract(start, -size), length), maximum(start, 0));
}
