import { addToScope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { visitTensors } from "../tree/visit.js";
import type { Call } from "./call.js";
import { computeValues } from "./compute-values.js";
import { count } from "./counters.js";
import { computeEscapes } from "./escape.js";
import { codeFrame } from "./source-location.js";
import { Session } from "./session.js";
import { usedOutsideItsLevel } from "./step-type.js";
import type { TraceNode } from "./trace-node.js";
import { noteRetrace } from "./retrace-warning.js";

/** Names for the inputs of a trace in dumps; asked for when the path is new. */
export type NameInputs = (inputs: readonly Tensor[]) => readonly (string | null)[];

/**
 * Queues what a call was for: the computation of what is wanted. Makes the very tensors that the user's function
 * returned ordinary ones; those among its results that the trace did not make are left alone.
 */
export function finishCall(call: Call, result: unknown): void {
  const { session } = call;
  if (call.isAsync) {
    session.inputs.fetchDeferred();
    computeEarlier(call, result);
  }
  const results = tracedResults(session, result);
  const wanted = new Set(results);
  for (const tensor of session.outliving) {
    if (session.owns(tensor) && tensor.level === null) wanted.add(tensor);
  }
  if (!call.options.onCompute) countCall(session, results);
  if (wanted.size > 0) settleAll(call, [...wanted], session.cursor);
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

/** Values of segments that have ended: they must not wait until an input of theirs is gone. */
function computeEarlier(call: Call, result: unknown): void {
  const bySession = new Map<Session, Set<Tensor>>();
  visitTensors(result, (tensor) => {
    const { origin, storage } = tensor;
    if (storage !== null || !(origin instanceof Session) || origin === call.session || origin.call !== call)
      return;
    bySession.set(origin, (bySession.get(origin) ?? new Set()).add(tensor));
  });
  for (const [session, tensors] of bySession) {
    for (const tensor of tensors) checkLevel(session, tensor);
    const contents = computeEscapes(session, [...tensors]);
    [...tensors].forEach((tensor, k) => tensor.settle(contents[k]!));
  }
}

/** Gives tensors of a call, as it stood at `node`, their contents: what its reads have computed, the others now. */
export function settleAll(call: Call, tensors: readonly Tensor[], node: TraceNode): void {
  const { session } = call;
  const missing = tensors.filter(({ id }) => !session.saved.has(id));
  const contents = missing.length > 0 ? computeValues(call, node, missing) : [];
  for (const tensor of tensors) {
    const held = session.saved.get(tensor.id);
    const content = held ? held.content() : contents[missing.indexOf(tensor)]!;
    if (held) content.retain();
    tensor.settle(content);
    addToScope(tensor);
  }
}

function checkLevel(session: Session, tensor: Tensor): void {
  if (tensor.level === null) return;
  const location = session.producer(tensor.id).location ?? undefined;
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
  session.tree.addedPath();
  count(counters, "traces");
  noteRetrace(session);
}
