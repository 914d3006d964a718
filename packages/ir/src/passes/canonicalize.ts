import type { LoopAttrs } from "../control/loop-layout.js";
import { loop } from "../control/loop.js";
import type { Node } from "../graph.js";
import { astype, stopGradient } from "../ops/convert.js";
import { dynamicPad, dynamicSlice } from "../ops/dynamic-slice.js";
import { concat, flip, pad, slice, transpose } from "../ops/movement.js";
import { constant } from "../ops/source.js";
import { broadcastTo, reshape } from "../ops/stretch.js";
import { sameShape, type Shape, type ValueLike } from "../types.js";
import { constantOf } from "./constants.js";
import { isLossless } from "./lossless-casts.js";
import { matchOp } from "./match-op.js";
import { keepsOrder, reshaped } from "./movements.js";
import type { Pass } from "./pass.js";
import { defineRules, type Rule } from "./rules.js";

/** A movement that keeps the shape and is known to keep the order: nothing moves. */
const sameShapeAsOperand: Rule = ({ inputs: [x], outputs: [out] }) =>
  sameShape(x!.shape, out!.shape) ? () => x! : undefined;

const transposeInOrder: Rule = (node) => {
  const { attrs, inputs, outputs } = matchOp(node, transpose)!;
  if (!keepsOrder(attrs.perm, inputs[0]!.shape)) return undefined;
  return () => reshaped(inputs[0]!, outputs[0]!.shape);
};

const wholeSlice: Rule = (node) => {
  const { attrs, inputs } = matchOp(node, slice)!;
  const isWhole = sameShape(inputs[0]!.shape, attrs.sizes) && attrs.strides.every((stride) => stride > 0);
  return isWhole ? () => inputs[0]! : undefined;
};

const emptyPad: Rule = (node) => {
  const { attrs, inputs, outputs } = matchOp(node, pad)!;
  // A pad never shrinks, so an equal size means that nothing was put along that axis.
  const isEmpty = [...attrs.low, ...attrs.high].every((count) => count === 0);
  return isEmpty && sameShape(inputs[0]!.shape, outputs[0]!.shape) ? () => inputs[0]! : undefined;
};

const flipOfOneElement: Rule = (node) => {
  const { attrs, inputs } = matchOp(node, flip)!;
  return attrs.axes.every((axis) => inputs[0]!.shape[axis]! <= 1) ? () => inputs[0]! : undefined;
};

/** Parts without elements add nothing. */
const concatOfFew: Rule = (node) => {
  const { attrs, inputs } = matchOp(node, concat)!;
  const parts = inputs.filter((input) => input.shape[attrs.axis] !== 0);
  if (parts.length === 0 || (parts.length === inputs.length && parts.length > 1)) return undefined;
  return () => (parts.length === 1 ? parts[0]! : concat(parts, attrs));
};

/** The starts, where all of them are known; `from` is 1 or -1. */
function knownStarts(node: Node, from: 1 | -1): readonly number[] | undefined {
  const starts = node.inputs.slice(1).map((start) => constantOf(start));
  return starts.every((start) => start !== undefined) ? starts.map((start) => from * start) : undefined;
}

const dynamicSliceAtConstants: Rule = (node) => {
  const starts = knownStarts(node, 1);
  return starts && (() => window(node.inputs[0]!, starts, node.outputs[0]!.shape));
};

/** Element i of the result is element i - start of the operand. */
const dynamicPadAtConstants: Rule = (node) => {
  const starts = knownStarts(node, -1);
  return starts && (() => window(node.inputs[0]!, starts, node.outputs[0]!.shape));
};

/** `sizes` elements of `x` from `starts` on, which may lie outside: there it is 0. */
function window(x: ValueLike, starts: readonly number[], sizes: Shape): ValueLike {
  const axes = sizes.map((size, axis) => {
    const [start, available] = [starts[axis]!, x.shape[axis]!];
    const from = Math.min(Math.max(start, 0), available);
    const count = Math.max(0, Math.min(start + size, available) - from);
    const low = Math.min(size, Math.max(0, -start));
    return { from, count, low, high: size - low - count };
  });
  const inside = slice(x, {
    starts: axes.map(({ from }) => from),
    sizes: axes.map(({ count }) => count),
    strides: axes.map(() => 1),
  });
  if (axes.every(({ count }, axis) => count === sizes[axis])) return inside;
  return pad(inside, {
    low: axes.map(({ low }) => low),
    high: axes.map(({ high }) => high),
    interior: [],
    value: 0,
  });
}

const castToOwnType: Rule = (node) => {
  const { attrs, inputs } = matchOp(node, astype)!;
  return inputs[0]!.dtype === attrs.dtype ? () => inputs[0]! : undefined;
};

/** A detour through a wider dtype says nothing. */
const castOfLosslessCast: Rule = (node) => {
  const outer = matchOp(node, astype)!;
  const inner = matchOp(outer.inputs[0]!, astype);
  const source = inner?.inputs[0];
  if (!source || !isLossless(source.dtype, inner.attrs.dtype, outer.attrs.dtype)) return undefined;
  return () => (source.dtype === outer.attrs.dtype ? source : astype(source, outer.attrs));
};

/** What is carried stays as it was, and there are no rows. */
const loopOfNoIterations: Rule = (node) => {
  const { count, carried } = node.attrs as LoopAttrs;
  if (count !== 0) return undefined;
  return () =>
    node.outputs.map(({ type }, k) => (k < carried ? node.inputs[k]! : constant({ value: 0, ...type })));
};

/**
 * Brings calls that say less than their op could into their simplest form: movements that move nothing vanish,
 * windows at constant starts become slices, casts that change nothing vanish, `stopGradient` (which means
 * something to differentiation alone, and that is done) vanishes. Bits stay as they are. O(nodes).
 */
export const canonicalize: Pass = defineRules("canonicalize", [
  [stopGradient, (node) => () => node.inputs[0]!],
  [astype, castToOwnType, castOfLosslessCast],
  [reshape, sameShapeAsOperand],
  [broadcastTo, sameShapeAsOperand],
  [transpose, transposeInOrder],
  [slice, wholeSlice],
  [pad, emptyPad],
  [flip, flipOfOneElement],
  [concat, concatOfFew],
  [dynamicSlice, dynamicSliceAtConstants],
  [dynamicPad, dynamicPadAtConstants],
  [loop, loopOfNoIterations],
]);
