import { flip, slice, transpose } from "../ops/movement.js";
import { broadcastTo, reshape } from "../ops/stretch.js";
import { elementCount, type Shape } from "../types.js";
import { matchOp } from "./match-op.js";
import { broadcasted, paddedShape, reshaped, transposed } from "./movements.js";
import type { Pass } from "./pass.js";
import { defineRules, type Rule } from "./rules.js";

const broadcastOfBroadcast: Rule = (node) => {
  const outer = matchOp(node, broadcastTo)!;
  const source = matchOp(outer.inputs[0]!, broadcastTo)?.inputs[0];
  return source && (() => broadcasted(source, outer.attrs.shape));
};

/** New leading axes of size 1 are what broadcasting adds by itself. */
const broadcastOfLeadingOnes: Rule = (node) => {
  const outer = matchOp(node, broadcastTo)!;
  const inner = matchOp(outer.inputs[0]!, reshape);
  const source = inner?.inputs[0];
  if (!source || source.shape.length >= inner.attrs.shape.length) return undefined;
  const added = inner.attrs.shape.length - source.shape.length;
  const isLeading = inner.attrs.shape.every((size, axis) =>
    axis < added ? size === 1 : size === source.shape[axis - added],
  );
  return isLeading ? () => broadcasted(source, outer.attrs.shape) : undefined;
};

const transposeOfBroadcast: Rule = (node) => {
  const { attrs, inputs, outputs } = matchOp(node, transpose)!;
  const source = matchOp(inputs[0]!, broadcastTo)?.inputs[0];
  if (!source) return undefined;
  const padded = paddedShape(source.shape, attrs.perm.length);
  return () => broadcasted(transposed(reshaped(source, padded), attrs.perm), outputs[0]!.shape);
};

const reshapeOfBroadcast: Rule = (node) => {
  const { attrs, inputs } = matchOp(node, reshape)!;
  const source = matchOp(inputs[0]!, broadcastTo)?.inputs[0];
  const shape = source && shapeBeforeBroadcast(source.shape, inputs[0]!.shape, attrs.shape);
  return source && shape && (() => broadcasted(reshaped(source, shape), attrs.shape));
};

/**
 * `from` is broadcast to `through`, which is reshaped to `to`. Gives what to reshape `from` to, so that
 * broadcasting that to `to` comes to the same, or undefined where no shape does.
 *
 * Walks over the shortest runs of axes whose products agree. In each, `from` must be repeated along all axes, or
 * along none.
 */
function shapeBeforeBroadcast(from: Shape, through: Shape, to: Shape): Shape | undefined {
  if (elementCount(through) === 0) return undefined;
  const source = paddedShape(from, through.length);
  const shape: number[] = [];
  let [i, k] = [0, 0];
  while (i < through.length || k < to.length) {
    const run = nextRun(through, to, i, k);
    const isKept = axesOf(i, run.i).every((axis) => source[axis] === through[axis]);
    const isRepeated = axesOf(i, run.i).every((axis) => source[axis] === 1);
    if (!isKept && !isRepeated) return undefined;
    for (const axis of axesOf(k, run.k)) shape.push(isKept ? to[axis]! : 1);
    ({ i, k } = run);
  }
  return shape;
}

/** The ends of the shortest runs from `i` in `a` and `k` in `b` with equal products; sizes are not 0. */
function nextRun(a: Shape, b: Shape, i: number, k: number): { i: number; k: number } {
  let [left, right] = [a[i++] ?? 1, b[k++] ?? 1];
  while (left !== right) {
    if (left < right) left *= a[i++]!;
    else right *= b[k++]!;
  }
  return { i: Math.min(i, a.length), k: Math.min(k, b.length) };
}

function axesOf(from: number, below: number): readonly number[] {
  return Array.from({ length: below - from }, (_, k) => from + k);
}

/** Along a repeated axis it does not matter which of the elements are taken. */
const sliceOfBroadcast: Rule = (node) => {
  const { attrs, inputs, outputs } = matchOp(node, slice)!;
  const source = matchOp(inputs[0]!, broadcastTo)?.inputs[0];
  if (!source) return undefined;
  const added = attrs.sizes.length - source.shape.length;
  const pick = (list: readonly number[], whenRepeated: number): readonly number[] =>
    source.shape.map((size, axis) => (size === 1 ? whenRepeated : list[added + axis]!));
  const inner = {
    starts: pick(attrs.starts, 0),
    sizes: pick(attrs.sizes, 1),
    strides: pick(attrs.strides, 1),
  };
  return () => broadcasted(slice(source, inner), outputs[0]!.shape);
};

const flipOfBroadcast: Rule = (node) => {
  const { attrs, inputs, outputs } = matchOp(node, flip)!;
  const source = matchOp(inputs[0]!, broadcastTo)?.inputs[0];
  if (!source) return undefined;
  const added = outputs[0]!.shape.length - source.shape.length;
  const axes = attrs.axes.map((axis) => axis - added).filter((axis) => axis >= 0 && source.shape[axis] !== 1);
  return () => broadcasted(axes.length > 0 ? flip(source, { axes }) : source, outputs[0]!.shape);
};

/**
 * Merges stacked broadcasts, and moves other movements in front of them: they move fewer elements there, and
 * the broadcast meets the pointwise ops behind, where `sink-broadcasts` takes it on.
 * Moves the same elements to the same places. Adds at most two nodes for the one it replaces. O(nodes).
 */
export const mergeBroadcasts: Pass = defineRules("merge-broadcasts", [
  [broadcastTo, broadcastOfBroadcast, broadcastOfLeadingOnes],
  [transpose, transposeOfBroadcast],
  [reshape, reshapeOfBroadcast],
  [slice, sliceOfBroadcast],
  [flip, flipOfBroadcast],
]);
