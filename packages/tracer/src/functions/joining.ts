import * as ir from "@weftjs/ir";
import { type DType, isFloat, promoteDTypes } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { usableOperand } from "../trace/usable-operand.js";
import { userError } from "../trace/user-error.js";
import { axisOf } from "./axes.js";
import { astype } from "./convert.js";
import { full } from "./creation.js";
import { given, type Numeric } from "./numeric.js";
import { expandDims, flip, ravel } from "./shape.js";

/** The axis along which tensors are joined, cut or moved round. */
export interface AxisOption {
  /** Negative from the back; 0 where absent. */
  readonly axis?: number;
}

/**
 * The tensors one after another along an axis, in their common dtype; a number is a scalar of the dtype that it meets.
 *
 * @throws W2017 where other sizes differ; W1002 something else than tensors and numbers.
 */
export function concat(list: readonly Numeric[], { axis = 0 }: AxisOption = {}): Tensor {
  const tensors = asTensors("concat", list);
  const [first] = tensors;
  if (!first) throw userError({ code: "W2017", message: "concat needs at least one tensor" });
  const dtype = tensors.map((x) => x.dtype).reduce(promoteDTypes);
  const alike = tensors.map((x) => (x.dtype === dtype ? x : astype(x, dtype)));
  return given(ir.concat(alike, { axis: axisOf("concat", axis, first) }));
}

/**
 * The tensors, all of one shape, along a new axis, in their common dtype; a number is a scalar of the dtype that it
 * meets.
 *
 * @throws W2017 where shapes differ; W2101; W1002 something else than tensors and numbers.
 */
export function stack(list: readonly Numeric[], { axis = 0 }: AxisOption = {}): Tensor {
  const tensors = asTensors("stack", list);
  const [first] = tensors;
  if (!first) throw userError({ code: "W2017", message: "stack needs at least one tensor" });
  const at = axisOf("stack", axis, first, first.ndim + 1);
  return concat(
    tensors.map((x) => expandDims(x, at)),
    { axis: at },
  );
}

/** @throws W1002 */
function asTensors(name: string, list: readonly Numeric[]): readonly Tensor[] {
  const dtype = list.find((item) => item instanceof Tensor)?.dtype;
  return list.map((item, k) => {
    if (item instanceof Tensor) return item;
    const value = usableOperand(name, item, k, null) as number; // Only a tensor gives a tensor.
    return full([], value, { dtype: dtypeOfNumber(value, dtype) });
  });
}

/** That of the tensors, where it can hold the number. */
function dtypeOfNumber(value: number, met: DType | undefined): DType {
  if (met !== undefined && isFloat(met)) return met;
  if (met === undefined || !Number.isInteger(value)) return "float32";
  return met === "bool" ? "int32" : met;
}

/**
 * Cut along an axis: into `parts` equal pieces, or into pieces of these sizes.
 *
 * @throws W2107 where that does not come out.
 */
export function split(x: Tensor, parts: number | readonly number[], { axis = 0 }: AxisOption = {}): Tensor[] {
  const along = axisOf("split", axis, x);
  const length = x.shape[along]!;
  const sizes = typeof parts === "number" ? Array<number>(parts).fill(length / parts) : parts;
  if (
    sizes.some((size) => !Number.isInteger(size) || size < 0) ||
    sizes.reduce((a, b) => a + b, 0) !== length
  ) {
    throw userError({
      code: "W2107",
      message: `split cannot cut ${length} elements into ${typeof parts === "number" ? `${parts} equal parts` : `[${parts.join(",")}]`}`,
      hint: "the sizes must add up to the axis; split(x, [3, 2]) gives uneven parts",
    });
  }
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return range(x, along, from - size, size);
  });
}

/** The elements moved by `shift` places along an axis, of the flattened tensor where none is given; those that fall off come in at the other end. @throws W2101 */
export function roll(x: Tensor, shift: number, { axis }: AxisOption = {}): Tensor {
  if (axis === undefined) return given(ir.reshape(roll(ravel(x), shift, { axis: 0 }), { shape: x.shape }));
  const along = axisOf("roll", axis, x);
  const length = x.shape[along]!;
  const moved = length === 0 ? 0 : ((shift % length) + length) % length;
  if (moved === 0) return x;
  return concat([range(x, along, length - moved, moved), range(x, along, 0, length - moved)], {
    axis: along,
  });
}

/** What `pad` puts around the elements. */
export interface PadOptions {
  /** `constant` (the default), `reflect` (the border itself once) or `edge` (the border repeated). */
  readonly mode?: "constant" | "reflect" | "edge";
  /** With `constant`; 0 where absent. */
  readonly value?: number;
}

/**
 * `x` with `[before, after]` more elements an axis; a number or one pair holds for all axes.
 *
 * @throws W2112 for a reflection longer than the axis.
 */
export function pad(
  x: Tensor,
  pairs: number | readonly [number, number] | readonly (readonly [number, number])[],
  { mode = "constant", value = 0 }: PadOptions = {},
): Tensor {
  const counts = pairsOf(pairs, x.ndim);
  if (mode === "constant") {
    const [low, high] = [counts.map((pair) => pair[0]), counts.map((pair) => pair[1])];
    return given(ir.pad(x, { low, high, interior: [], value }));
  }
  const border = mode === "edge" ? edge : reflection;
  return counts.reduce((padded, [before, after], axis) => {
    const parts = [border(padded, axis, before, "before"), padded, border(padded, axis, after, "after")];
    const present = parts.filter((part) => part.shape[axis] !== 0);
    return present.length > 1 ? concat(present, { axis }) : padded;
  }, x);
}

type Side = "before" | "after";

type Pair = readonly [number, number];

function pairsOf(given: Parameters<typeof pad>[1], rank: number): readonly Pair[] {
  const pairs = everyAxis(given, rank);
  const isCount = (count: number): boolean => Number.isInteger(count) && count >= 0;
  if (pairs.length === rank && pairs.every((pair) => pair.length === 2 && pair.every(isCount))) return pairs;
  throw userError({
    code: "W2016",
    message: `pad needs a pair of counts from 0 up for each of ${rank} axes, got ${JSON.stringify(given)}`,
    hint: "to cut elements off, slice",
  });
}

function everyAxis(pairs: Parameters<typeof pad>[1], rank: number): readonly Pair[] {
  if (typeof pairs === "number") return Array.from({ length: rank }, () => [pairs, pairs] as const);
  if (typeof pairs[0] !== "number") return pairs as readonly Pair[];
  return Array.from({ length: rank }, () => pairs as Pair);
}

function edge(x: Tensor, axis: number, count: number, side: Side): Tensor {
  const border = range(x, axis, side === "before" ? 0 : x.shape[axis]! - 1, 1);
  return given(ir.broadcastTo(border, { shape: x.shape.with(axis, count) }));
}

function reflection(x: Tensor, axis: number, count: number, side: Side): Tensor {
  const length = x.shape[axis]!;
  if (count >= length && count > 0) {
    throw userError({
      code: "W2112",
      message: `pad cannot reflect ${count} elements of an axis of ${length}`,
      hint: "a reflection is shorter than its axis",
    });
  }
  return flip(range(x, axis, side === "before" ? 1 : length - 1 - count, count), axis);
}

/** `size` elements along one axis, from `start` on. */
function range(x: Tensor, axis: number, start: number, size: number): Tensor {
  const starts = x.shape.map(() => 0).with(axis, start);
  return given(ir.slice(x, { starts, sizes: x.shape.with(axis, size), strides: x.shape.map(() => 1) }));
}
