import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import { addToScope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { visitTensors } from "../tree/visit.js";
import { allocate } from "./allocate.js";
import { count } from "./counters.js";
import { Leaf } from "./leaf.js";
import { codeFrame } from "./source-location.js";
import type { Session } from "./session.js";
import { usedOutsideItsLevel } from "./step-type.js";
import { pathTo } from "./trace-node.js";
import { noteRetrace } from "./retrace-warning.js";

/** Names for the inputs of a trace in dumps; asked for when the path is new. */
export type NameInputs = (inputs: readonly Tensor[]) => readonly (string | null)[];

/**
 * Queues what a session was for: the computation of what is wanted. Makes the very tensors that the user's function
 * returned ordinary ones; those among its results that the trace did not make are left alone.
 */
export function finishCall(session: Session, result: unknown, nameInputs: NameInputs): void {
  const results = tracedResults(session, result);
  const wanted = new Set(results);
  for (const tensor of session.escaping) {
    if (session.owns(tensor) && tensor.level === null) wanted.add(tensor);
  }
  countCall(session, results);
  if (wanted.size > 0) enqueue(session, [...wanted], nameInputs);
}

/** The tensors of a result that the session is to compute, each once. @throws W1003 */
export function tracedResults(session: Session, result: unknown): readonly Tensor[] {
  const traced = new Set<Tensor>();
  visitTensors(result, (tensor) => {
    if (session.owns(tensor)) traced.add(tensor);
  });
  for (const tensor of traced) checkLevel(session, tensor);
  return [...traced];
}

function enqueue(session: Session, wanted: readonly Tensor[], nameInputs: NameInputs): void {
  const { tree, cursor, inputs } = session;
  const contents = session.contents(inputs.length, wanted[0]!.type);
  const ids = wanted.map((tensor) => tensor.id);
  const computation = Leaf.at(tree, cursor, ids, () => nameInputs(inputs)).computation();
  const outputs: Storage[] = wanted.map((tensor) => allocate(tensor.type));
  executor().enqueue(computation.call(contents, session.scalars, outputs));
  wanted.forEach((tensor, k) => {
    tensor.settle(outputs[k]!);
    addToScope(tensor);
  });
}

function checkLevel(session: Session, tensor: Tensor): void {
  if (tensor.level === null) return;
  const producer = pathTo(session.cursor).findLast((node) => node.firstOutput <= tensor.id);
  const location = producer?.location ?? undefined;
  throw usedOutsideItsLevel().at(location, codeFrame(location));
}

/** A path that was walked before, to the same results, is a replay, whatever escaped on it. */
function countCall(session: Session, results: readonly Tensor[]): void {
  const { counters } = session.tree;
  const key = results.map((tensor) => tensor.id).join();
  const { endings } = session.cursor;
  count(counters, "calls");
  if (endings.has(key)) {
    count(counters, "replays");
    return;
  }
  endings.add(key);
  count(counters, "traces");
  noteRetrace(session);
}
