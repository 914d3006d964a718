import type { Node, Value } from "../graph.js";
import type { Reduction } from "../op-spec.js";
import { add } from "../ops/arithmetic.js";
import { all, any, max, min, prod } from "../ops/reduce.js";
import { sum } from "../ops/stretch.js";
import { matchOp } from "./match-op.js";
import { reshaped } from "./movements.js";
import type { Pass } from "./pass.js";
import { defineRules, type Rule } from "./rules.js";

/** Whether each result comes of one element. */
function reducesNothing(node: Node): boolean {
  const [x] = node.inputs;
  return (node.attrs.axes as readonly number[]).every((axis) => x!.shape[axis] === 1);
}

const ofOneElement: Rule = (node) =>
  reducesNothing(node) ? () => reshaped(node.inputs[0]!, node.outputs[0]!.shape) : undefined;

/** A sum starts from 0, so that of -0 alone is 0. */
const sumOfOneElement: Rule = (node) =>
  reducesNothing(node) ? () => add(reshaped(node.inputs[0]!, node.outputs[0]!.shape), 0) : undefined;

const twice =
  (op: Reduction): Rule =>
  (node) => {
    const inner = matchOp(node.inputs[0]!, op);
    if (!inner) return undefined;
    const source: Value = inner.inputs[0]!;
    const kept = [...source.shape.keys()].filter((axis) => !inner.attrs.axes.includes(axis));
    const outer = (node.attrs.axes as readonly number[]).map((axis) => kept[axis]!);
    return () => op(source, { axes: [...inner.attrs.axes, ...outer].sort((a, b) => a - b) });
  };

/**
 * Merges stacked reductions where the order of combining cannot show, and drops those that combine nothing.
 * Not stacked sums and products: summed in another order, floats round differently. O(nodes).
 */
export const mergeReductions: Pass = defineRules("merge-reductions", [
  [sum, sumOfOneElement],
  [prod, ofOneElement],
  [max, ofOneElement, twice(max)],
  [min, ofOneElement, twice(min)],
  [any, ofOneElement, twice(any)],
  [all, ofOneElement, twice(all)],
]);
