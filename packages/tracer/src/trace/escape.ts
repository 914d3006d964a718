import { formatType, type TensorType, type WeftError } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import type { Tensor } from "../tensor.js";
import { allocate } from "./allocate.js";
import { Leaf } from "./leaf.js";
import type { Session } from "./session.js";
import { usedOutsideItsLevel } from "./step-type.js";
import { freshCount, promotedOn, scalarsOf } from "./path.js";
import { pathTo } from "./trace-node.js";
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
  tensor.settle(computeEscapes(session, [tensor])[0]!);
}

/** The contents of values that have none, computed together. @throws W1004 */
export function computeEscapes(
  session: Session,
  values: readonly { readonly id: number; readonly type: TensorType }[],
): readonly Storage[] {
  const ids = values.map(({ id }) => id);
  const steps = ids.map((id) => session.producer(id));
  const node = steps.reduce((last, step) => (step.firstOutput > last.firstOutput ? step : last));
  const path = pathTo(node);
  const inputs = session.contents(freshCount(path), values[0]!.type);
  const computation = Leaf.at(session.tree, node, ids, () => []).computation();
  const isOver = session.call?.isOpen !== true;
  for (const step of steps) {
    step.escapes = true;
    if (isOver) step.outlivesCall = true;
  }

  const storages = values.map(({ type }) => allocate(type));
  executor().enqueue(computation.call(inputs, scalarsOf(promotedOn(path), session), storages));
  return storages;
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
