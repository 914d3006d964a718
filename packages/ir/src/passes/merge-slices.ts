import { concat, flip, pad, slice } from "../ops/movement.js";
import type { Shape } from "../types.js";
import { matchOp } from "./match-op.js";
import type { Pass } from "./pass.js";
import { defineRules, type Rule } from "./rules.js";

const sliceOfSlice: Rule = (node) => {
  const outer = matchOp(node, slice)!;
  const inner = matchOp(outer.inputs[0]!, slice);
  if (!inner) return undefined;
  const starts = inner.attrs.starts.map((start, axis) => {
    return start + outer.attrs.starts[axis]! * inner.attrs.strides[axis]!;
  });
  const strides = inner.attrs.strides.map((stride, axis) => stride * outer.attrs.strides[axis]!);
  return () => slice(inner.inputs[0]!, { starts, sizes: outer.attrs.sizes, strides });
};

/** A slice that reads none of what was put around. */
const sliceOfPad: Rule = (node) => {
  const outer = matchOp(node, slice)!;
  const inner = matchOp(outer.inputs[0]!, pad);
  if (!inner || inner.attrs.interior.some((count) => count > 0)) return undefined;
  const source = inner.inputs[0]!;
  const { sizes, strides } = outer.attrs;
  const starts = outer.attrs.starts.map((start, axis) => start - inner.attrs.low[axis]!);
  const isInside = sizes.every((count, axis) =>
    reachesInside(starts[axis]!, count, strides[axis]!, source.shape[axis]!),
  );
  return isInside ? () => slice(source, { starts, sizes, strides }) : undefined;
};

/** A slice that reads one of the parts alone. */
const sliceOfConcat: Rule = (node) => {
  const outer = matchOp(node, slice)!;
  const inner = matchOp(outer.inputs[0]!, concat);
  if (!inner) return undefined;
  const { axis } = inner.attrs;
  const { starts, sizes, strides } = outer.attrs;
  let offset = 0;
  for (const part of inner.inputs) {
    const start = starts[axis]! - offset;
    if (sizes[axis]! > 0 && reachesInside(start, sizes[axis]!, strides[axis]!, part.shape[axis]!)) {
      return () => slice(part, { starts: starts.with(axis, start), sizes, strides });
    }
    offset += part.shape[axis]!;
  }
  return undefined;
};

function reachesInside(start: number, count: number, stride: number, size: number): boolean {
  if (count === 0) return true;
  const last = start + (count - 1) * stride;
  return Math.min(start, last) >= 0 && Math.max(start, last) < size;
}

const padOfPad: Rule = (node) => {
  const outer = matchOp(node, pad)!;
  const inner = matchOp(outer.inputs[0]!, pad);
  if (!inner || !Object.is(outer.attrs.value, inner.attrs.value)) return undefined;
  if ([...outer.attrs.interior, ...inner.attrs.interior].some((count) => count > 0)) return undefined;
  const plus = (a: Shape, b: Shape): Shape => a.map((count, axis) => count + b[axis]!);
  const low = plus(outer.attrs.low, inner.attrs.low);
  const high = plus(outer.attrs.high, inner.attrs.high);
  return () => pad(inner.inputs[0]!, { low, high, interior: [], value: outer.attrs.value });
};

/** An axis turned round twice is as before. */
const flipOfFlip: Rule = (node) => {
  const outer = matchOp(node, flip)!;
  const inner = matchOp(outer.inputs[0]!, flip);
  if (!inner) return undefined;
  const [a, b] = [outer.attrs.axes, inner.attrs.axes];
  const axes = [...a.filter((axis) => !b.includes(axis)), ...b.filter((axis) => !a.includes(axis))];
  const source = inner.inputs[0]!;
  return () => (axes.length > 0 ? flip(source, { axes: axes.sort((p, q) => p - q) }) : source);
};

/**
 * Merges stacked slices, pads and flips, and reads a slice of a pad or a concat straight from where its elements
 * come from. Moves the same elements to the same places; never adds a node. O(nodes + operands of concats that
 * slices read).
 */
export const mergeSlices: Pass = defineRules("merge-slices", [
  [slice, sliceOfSlice, sliceOfPad, sliceOfConcat],
  [pad, padOfPad],
  [flip, flipOfFlip],
]);
