import * as ir from "@weftjs/ir";
import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { equal } from "./compare.js";
import { positions } from "./creation.js";
import { astype } from "./convert.js";
import { given, type Numeric } from "./numeric.js";
import { expandDims } from "./shape.js";

/** `[start, stop, step?]` with null for an open end; negative positions count from the back. */
export type Range = readonly [start: number | null, stop: number | null, step?: number | null];

/** One entry an axis: a position (the axis vanishes), a range, null (a new axis), `"..."` (all axes between). */
export type Index = number | Range | null | "...";

/** What an index comes to along one axis of the operand, or a new axis. */
type Along =
  | { readonly kind: "window"; readonly start: number; readonly size: number; readonly keeps: boolean }
  | { readonly kind: "strided"; readonly start: number; readonly size: number; readonly stride: number }
  | { readonly kind: "new" };

/**
 * The part of `x` that an index for each axis picks, as in NumPy: `at(x, 0, [1, 3], null, "...")`. Axes without an
 * entry are taken whole. Positions that change between calls cost no retrace.
 *
 * @throws W2105 a position outside its axis; W2106 more entries than axes.
 */
export function at(x: Tensor, ...index: Index[]): Tensor {
  const parts = resolve(x, index);
  const picked = window(strided(x, parts), parts);
  const shape = parts.flatMap((part) => {
    if (part.kind === "new") return [1];
    return part.kind === "window" && !part.keeps ? [] : [part.size];
  });
  const isSame = shape.length === picked.ndim && shape.every((size, k) => size === picked.shape[k]);
  return isSame ? picked : given(ir.reshape(picked, { shape }));
}

/** The same as `at`. */
export function slice(x: Tensor, ...index: Index[]): Tensor {
  return at(x, ...index);
}

/** 1 at the position that each integer names along a new last axis, 0 elsewhere; float32. None outside the range. */
export function oneHot(indices: Tensor, numClasses: number): Tensor {
  const column = expandDims(indices, -1);
  return astype(equal(column, classPositions(column, numClasses)), "float32");
}

/** 0, 1, … along the last axis, for a tensor that has size 1 there. */
function classPositions(column: Tensor, numClasses: number): Numeric {
  return positions(column.shape.map(() => 1).with(-1, numClasses), column.ndim - 1);
}

function resolve(x: Tensor, index: readonly Index[]): readonly Along[] {
  const used = index.filter((entry) => entry !== null && entry !== "...").length;
  if (used > x.ndim || index.filter((entry) => entry === "...").length > 1) throw tooMany(x, index);
  const whole = Array.from({ length: x.ndim - used }, (): Range => [null, null]);
  const filled: readonly Index[] = index.includes("...")
    ? index.flatMap((entry): readonly Index[] => (entry === "..." ? whole : [entry]))
    : [...index, ...whole];
  let axis = 0;
  return filled.map((entry) =>
    entry === null ? { kind: "new" } : along(x, axis++, entry as number | Range),
  );
}

function along(x: Tensor, axis: number, entry: number | Range): Along {
  const length = x.shape[axis]!;
  if (typeof entry === "number") {
    const start = entry < 0 ? entry + length : entry;
    if (!Number.isInteger(start) || start < 0 || start >= length) throw outside(x, axis, entry);
    return { kind: "window", start, size: 1, keeps: false };
  }
  const stride = entry[2] ?? 1;
  if (!Number.isInteger(stride) || stride === 0) throw outside(x, axis, stride);
  const [low, high] = stride > 0 ? [0, length] : [-1, length - 1];
  const place = (position: number | null, open: number): number => {
    if (position === null) return open;
    return Math.min(high, Math.max(low, position < 0 ? position + length : position));
  };
  const start = place(entry[0], stride > 0 ? 0 : length - 1);
  const stop = place(entry[1], stride > 0 ? length : -1);
  const size = Math.max(0, Math.ceil((stop - start) / stride));
  if (stride === 1) return { kind: "window", start, size, keeps: true };
  return { kind: "strided", start: size === 0 ? 0 : start, size, stride };
}

/** Ranges with a step: at known places. */
function strided(x: Tensor, parts: readonly Along[]): Tensor {
  if (!parts.some((part) => part.kind === "strided")) return x;
  const axes = parts.filter((part) => part.kind !== "new");
  return given(
    ir.slice(x, {
      starts: axes.map((part) => (part.kind === "strided" ? part.start : 0)),
      sizes: axes.map((part, axis) => (part.kind === "strided" ? part.size : x.shape[axis]!)),
      strides: axes.map((part) => (part.kind === "strided" ? part.stride : 1)),
    }),
  );
}

/** Ranges without a step: their starts are numbers like other operands, passed at run time once they change. */
function window(x: Tensor, parts: readonly Along[]): Tensor {
  const axes = parts.filter((part) => part.kind !== "new");
  const sizes = axes.map((part) => part.size);
  if (sizes.every((size, axis) => size === x.shape[axis])) return x;
  const starts = axes.map((part) => (part.kind === "window" ? part.start : 0));
  return given(ir.dynamicSlice([x, ...starts], { sizes }));
}

function outside(x: Tensor, axis: number, position: number): Error {
  return userError({
    code: "W2105",
    message: `position ${position} does not exist along axis ${axis} of ${x.shape[axis]} elements`,
    notes: [`operand is ${formatType(x.type)}`],
    hint: "positions are whole numbers, negative ones count from the back; steps are not 0",
  });
}

function tooMany(x: Tensor, index: readonly Index[]): Error {
  return userError({
    code: "W2106",
    message: `${index.length} index entries do not fit ${formatType(x.type)}`,
    hint: `one entry an axis, and at most one "..."; null makes a new axis`,
  });
}
