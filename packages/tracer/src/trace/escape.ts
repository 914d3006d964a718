import { formatType, type TensorType, type WeftError } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Tensor } from "../tensor.js";
import { allocate } from "./allocate.js";
import { Leaf } from "./leaf.js";
import type { Session } from "./session.js";
import { usedOutsideItsLevel } from "./step-type.js";
import { freshCount, scalarsOn } from "./path.js";
import { pathTo, type TraceNode } from "./trace-node.js";
import { codeFrame, userLocation } from "./source-location.js";
import { userError } from "./user-error.js";

/**
 * Gives a tensor its content after the call it was made in has ended: kept in a closure, a cache, an object's
 * state. The value is computed from the call's inputs; from then on each call that passes the same step
 * computes it along with its results.
 *
 * @throws W1003 for a value of a differentiated inner function, W1004 when an input is gone.
 */
export function materialiseEscape(session: Session, tensor: Tensor): void {
  if (tensor.level !== null) {
    const location = userLocation();
    throw usedOutsideItsLevel().at(location, codeFrame(location));
  }
  const node = producerOf(session, tensor.id);
  const path = pathTo(node);
  const inputs = session.contents(freshCount(path), tensor.type);
  const leaf = Leaf.at(session.tree, node, [tensor.id], () => []);
  node.escapes = true;

  const computation = leaf.computation();
  const storage = allocate(tensor.type);
  executor().enqueue(computation.call(inputs, scalarsOn(path, session), [storage]));
  tensor.settle(storage);
}

function producerOf(session: Session, id: number): TraceNode {
  let node = session.cursor;
  while (node.firstOutput > id) node = node.parent!;
  return node;
}

/** The value was to be computed from an input that is no more. */
export function inputGone(name: string, input: TensorType, wanted: TensorType): WeftError {
  return userError({
    code: "W1004",
    message: `a value of an earlier call of ${name} cannot be computed any more (${formatType(wanted)})`,
    notes: [`an input of that call, ${formatType(input)}, was donated or disposed of`],
    hint: "return the value from the function, or do not donate or dispose of the call's inputs",
  });
}
