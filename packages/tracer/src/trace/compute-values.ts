import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import { Tensor } from "../tensor.js";
import { allocate } from "./allocate.js";
import type { Call } from "./call.js";
import { Leaf } from "./leaf.js";
import { promotedOn, scalarsOf } from "./path.js";
import { pathTo, type TraceNode } from "./trace-node.js";

/**
 * Queues the computation of values of a call's session, as it stood at `node`. Where the session has computed others at
 * earlier reads, they are taken, and nothing is computed that the values do not need.
 */
export function computeValues(call: Call, node: TraceNode, tensors: readonly Tensor[]): readonly Storage[] {
  const { session, options } = call;
  const ids = tensors.map(({ id }) => id);
  const isPart = session.hasReads || session.openBlocks.length > 0;
  const leaf = Leaf.at(session.tree, node, ids, () => options.nameInputs(session.inputs.tensors), isPart);
  return isPart ? computePart(call, leaf, tensors) : computeAll(call, node, leaf, tensors);
}

function computeAll(call: Call, node: TraceNode, leaf: Leaf, tensors: readonly Tensor[]): readonly Storage[] {
  const { session, options } = call;
  const contents = session.contents(session.inputs.tensors.length, tensors[0]!.type);
  const computation = leaf.computation();
  options.onCompute?.(computation);
  const outputs = tensors.map(({ type }) => allocate(type));
  executor().enqueue(computation.call(contents, scalarsAt(call, node), outputs));
  return outputs;
}

/** Only while a call waits can another one promote a number that it has passed. */
function scalarsAt({ isAsync, session }: Call, node: TraceNode): readonly number[] {
  return isAsync ? scalarsOf(promotedOn(pathTo(node)), session) : session.scalars;
}

function computePart(call: Call, leaf: Leaf, tensors: readonly Tensor[]): readonly Storage[] {
  const { session, options } = call;
  const { computation, part } = leaf.partFor(session);
  const contents = [
    ...part.given.map(({ id }) => session.saved.get(id)!.content()),
    ...part.inputs.map(({ position, type }) => session.inputs.contentOf(position, session.tree.name, type)),
  ];
  options.onCompute?.(computation);
  const outputs = tensors.map(({ type }) => allocate(type));
  const again = part.again.map(({ type }) => allocate(type));
  executor().enqueue(computation.call(contents, scalarsOf(part.slots, session), [...outputs, ...again]));
  part.again.forEach(({ id, type }, k) => session.saved.set(id, Tensor.holding(type, again[k]!)));
  return outputs;
}
