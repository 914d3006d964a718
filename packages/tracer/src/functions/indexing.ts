import * as ir from "@weftjs/ir";
import { formatType } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { add } from "./arithmetic.js";
import { equal, where } from "./compare.js";
import { astype } from "./convert.js";
import { ones, positions } from "./creation.js";
import { placesOf } from "./gathering.js";
import { given, type Numeric } from "./numeric.js";
import { selectByMask, selectByTensors, type Selection, unreadablePart, valuesFor } from "./selection.js";
import { expandDims, flip, reshape } from "./shape.js";

/** `[start, stop, step?]` with null for an open end; negative positions count from the back. */
export type Range = readonly [start: number | null, stop: number | null, step?: number | null];

/**
 * One entry an axis: a position (the axis vanishes), a range, null (a new axis), `"..."` (all axes between), or an
 * integer tensor (its shape takes the place of the axis). A bool tensor stands alone, for the first axes.
 */
export type Index = number | Range | null | "..." | Tensor;

/** What an index picks. Besides it knows how the whole comes out with that part changed; nothing changes in place. */
export interface Part extends Tensor {
  /** The whole, its part replaced by `values`; of several for one place, by the last. */
  set(values: Numeric): Tensor;
  /** The whole, `values` added to its part; several for one place add up. The part plus `b` is `add(part, b)`. */
  add(values: Numeric): Tensor;
}

/** What an index comes to along one axis of the operand, or a new axis. */
type Along =
  | { readonly kind: "window"; readonly start: number; readonly size: number; readonly keeps: boolean }
  | { readonly kind: "strided"; readonly start: number; readonly size: number; readonly stride: number }
  | { readonly kind: "tensor"; readonly indices: Tensor; readonly size: number }
  | { readonly kind: "new" };

/**
 * The part of `x` that an index for each axis picks, as in NumPy: `at(x, 0, [1, 3], null, "...")`. Axes without an
 * entry are taken whole. Positions that change between calls cost no retrace. Integer tensors pick together, their
 * shapes broadcast; what they name outside of an axis reads as NaN (0 for integers) and is passed over by changes.
 *
 * `at(x, …).set(v)` and `at(x, …).add(v)` give the whole with the part changed, also under a mask:
 * `at(x, less(x, 0)).set(0)`.
 *
 * @throws W2105 a position outside its axis; W2106 more entries than axes; W2130 indices that are no integers; W2131
 * a part under a mask that is read.
 */
export function at(x: Tensor, ...index: Index[]): Part {
  const mask = index.find((entry) => entry instanceof Tensor && entry.dtype === "bool") as Tensor | undefined;
  if (mask) return maskedPart(x, mask, index);
  const { part, set, add: increase } = select(x, resolve(x, index));
  const own = part === x ? given(ir.reshape(x, { shape: x.shape })) : part;
  // Own properties, which hide the method of the same name: `add` of a part is a change of the whole.
  return Object.assign(own, {
    set: (values: Numeric) => set(valuesFor(x, values, part.shape)),
    add: (values: Numeric) => increase(valuesFor(x, values, part.shape)),
  });
}

/** The part of `x` that an index for each axis picks, as `at` does, as a plain tensor: `add` adds to the part. */
export function slice(x: Tensor, ...index: Index[]): Tensor {
  if (index.some((entry) => entry instanceof Tensor && entry.dtype === "bool"))
    return maskedPart(x, index[0] as Tensor, index).astype(x.dtype);
  return select(x, resolve(x, index)).part;
}

function maskedPart(x: Tensor, mask: Tensor, index: readonly Index[]): Part {
  if (index.length > 1) throw tooMany(x, index);
  const { set, add: increase } = selectByMask(x, mask);
  const updates = {
    set: (values: Numeric) => set(valuesFor(x, values, values instanceof Tensor ? values.shape : [])),
    add: (values: Numeric) => increase(valuesFor(x, values, values instanceof Tensor ? values.shape : [])),
  };
  return unreadablePart(updates) as Part;
}

/** Positions and ranges first, tensors in what they leave. */
function select(x: Tensor, parts: readonly Along[]): Selection {
  const basic = selectByRanges(x, parts);
  const isKept = (part: Along): boolean => part.kind !== "window" || part.keeps;
  const entries = parts
    .filter(isKept)
    .flatMap((part, axis) => (part.kind === "tensor" ? [{ axis, indices: part.indices }] : []));
  if (entries.length === 0) return basic;
  const picked = selectByTensors(basic.part, entries, !standTogether(parts));
  if (basic.part === x) return picked;
  return {
    part: picked.part,
    set: (values) => basic.set(picked.set(values)),
    add: (values) => basic.set(picked.add(values)),
  };
}

/** Whether tensors and positions follow each other: else NumPy moves the axes of the tensors to the front. */
function standTogether(parts: readonly Along[]): boolean {
  const picks = [...parts.keys()].filter((k) => {
    const part = parts[k]!;
    return part.kind === "tensor" || (part.kind === "window" && !part.keeps);
  });
  return picks.at(-1)! - picks[0]! === picks.length - 1;
}

function selectByRanges(x: Tensor, parts: readonly Along[]): Selection {
  const picked = window(strided(x, parts), parts);
  const shape = parts.flatMap((part) => {
    if (part.kind === "new") return [1];
    return part.kind === "window" && !part.keeps ? [] : [part.size];
  });
  const isSame = shape.length === picked.ndim && shape.every((size, k) => size === picked.shape[k]);
  return {
    part: isSame ? picked : given(ir.reshape(picked, { shape })),
    set: (values) => where(placed(ones(shape, { dtype: "bool" }), x, parts), placed(values, x, parts), x),
    add: (values) => add(x, placed(values, x, parts)),
  };
}

/** Values for a part at their places in a tensor of zeros like the whole. */
function placed(values: Tensor, x: Tensor, parts: readonly Along[]): Tensor {
  const axes = parts.filter((part) => part.kind !== "new");
  const sizes = axes.map((part) => part.size);
  const windows = x.shape.map((size, axis) => (axes[axis]!.kind === "strided" ? sizes[axis]! : size));
  const starts = axes.map((part) => (part.kind === "window" ? part.start : 0));
  const shaped = reshape(values, sizes);
  const isWhole = windows.every((size, axis) => size === sizes[axis]);
  const spread = isWhole ? shaped : given(ir.dynamicPad([shaped, ...starts], { shape: windows }));
  if (!axes.some((part) => part.kind === "strided")) return spread;
  const backwards = [...axes.keys()].filter((axis) => strideOf(axes[axis]!) < 0);
  const low = axes.map((part) => (part.kind === "strided" ? firstOf(part) : 0));
  const interior = axes.map((part) => Math.abs(strideOf(part)) - 1);
  const high = x.shape.map((size, axis) => {
    const count = windows[axis]!;
    return size - low[axis]! - (count === 0 ? 0 : (count - 1) * (interior[axis]! + 1) + 1);
  });
  return given(ir.pad(flip(spread, backwards), { low, high, interior, value: 0 }));
}

function strideOf(part: Along): number {
  return part.kind === "strided" ? part.stride : 1;
}

/** The position nearest to the front. */
function firstOf({ start, size, stride }: Extract<Along, { kind: "strided" }>): number {
  return stride > 0 || size === 0 ? start : start + (size - 1) * stride;
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
  return filled.map((entry): Along => {
    if (entry === null) return { kind: "new" };
    if (entry instanceof Tensor)
      return { kind: "tensor", indices: placesOf("at", entry) as Tensor, size: x.shape[axis++]! };
    return along(x, axis++, entry as number | Range);
  });
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
    if (Math.trunc(position) !== position) throw outside(x, axis, position);
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
