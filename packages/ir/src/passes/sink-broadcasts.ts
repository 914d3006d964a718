import type { Node, Value } from "../graph.js";
import { broadcastTo } from "../ops/stretch.js";
import { currentRecorder } from "../recorder.js";
import { broadcastShapes, elementCount, type Shape, type ValueLike } from "../types.js";
import { constantLike, constantOf } from "./constants.js";
import { matchOp } from "./match-op.js";
import { broadcasted } from "./movements.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Computes before broadcasting what need not be computed for each repetition: `exp(broadcast(x))` becomes
 * `broadcast(exp(x))`. Applies to pointwise nodes whose operands are all constants or broadcasts that share a
 * repeated axis; constants shrink along. Each element is computed from the same operands as before, so bits stay.
 * A broadcast that others read too stays for them. O(nodes).
 */
export const sinkBroadcasts: Pass = definePass({
  name: "sink-broadcasts",
  rewrite(node, edit) {
    if (node.op.kind !== "pointwise" || !node.inputs.some(isBroadcast)) return;
    const full = node.outputs[0]!.shape;
    const small = broadcastShapes(...node.inputs.map(shapeInside))!;
    if (elementCount(small) >= elementCount(full)) return;

    edit.replace(node, () => {
      const operands = node.inputs.map((input) => shrunk(input, small));
      return broadcasted(callAgain(node, operands), full);
    });
  },
});

function isBroadcast(value: Value): boolean {
  return matchOp(value, broadcastTo) !== undefined;
}

/** The shape in which a value's elements are all there are. */
function shapeInside(value: Value): Shape {
  if (constantOf(value) !== undefined) return [];
  return (matchOp(value, broadcastTo)?.inputs[0] ?? value).shape;
}

function shrunk(value: Value, shape: Shape): ValueLike {
  const number = constantOf(value);
  if (number !== undefined) return constantLike({ dtype: value.dtype, shape }, number);
  return broadcasted(matchOp(value, broadcastTo)!.inputs[0]!, shape);
}

function callAgain(node: Node, operands: readonly ValueLike[]): ValueLike {
  // A pointwise op has one output.
  return currentRecorder().record(node.op, operands, node.attrs) as ValueLike;
}
