import { isOutOfRange } from "@weftjs/ir";
import type { InputSource } from "@weftjs/runtime";
import type { Tensor } from "../tensor.js";
import { Call } from "../trace/call.js";
import { type Decision, decisionsIn } from "../trace/decisions.js";
import { tracedResults } from "../trace/finish-call.js";
import { isPromise } from "../trace/is-promise.js";
import { Session } from "../trace/session.js";
import { placeOf } from "../trace/site.js";
import { pathTo, type TraceNode } from "../trace/trace-node.js";
import type { TraceTree } from "../trace/trace-tree.js";
import { visitTensors } from "../tree/visit.js";
import type { Traced } from "../transforms/known-trees.js";
import { decidesBy, escapes, otherWay, throwsFor, waits } from "./precompile-errors.js";
import type { Probe, ProbeArguments } from "./probe-arguments.js";
import { type RawResult, rawResult } from "./raw-result.js";

/** What one call has done. */
export interface ProbeTrace {
  readonly probe: Probe;
  readonly args: readonly unknown[];
  /** The last step. */
  readonly cursor: TraceNode;
  /** Ids of what it computes for its result. */
  readonly outputs: readonly number[];
  readonly inputTensors: readonly Tensor[];
  readonly inputs: readonly InputSource[];
  /** Tensors that are neither arguments nor computed. */
  readonly others: readonly Tensor[];
  readonly decisions: readonly Decision[];
  /** The numbers that differ between calls, and where they stand. */
  readonly scalars: readonly number[];
  readonly scalarSteps: readonly TraceNode[];
  readonly result: RawResult;
}

/** Calls the function with each set of numbers, small ones first. All calls take one way, or it is refused. */
export function traceProbes(
  tree: TraceTree,
  body: Traced["body"],
  args: ProbeArguments,
  parameters: readonly string[],
): readonly [ProbeTrace, ...ProbeTrace[]] {
  const [usual, ...others] = args.probes();
  const run = (probe: Probe): ProbeTrace | undefined => {
    try {
      return traceOnce(tree, body, args, probe);
    } catch (error) {
      if (probe.changed === null) throw error;
      // What a dtype does not have is refused at run time too.
      if (isOutOfRange(error)) return undefined;
      throw throwsFor(tree.name, args.describe(probe, parameters), error);
    }
  };
  // One that goes another way is found at once: with a further number a loop might have a hundred million iterations.
  const follow = (trace: ProbeTrace | undefined, expected: ProbeTrace): ProbeTrace | undefined => {
    if (!trace) return undefined;
    const kept = pathTo(expected.cursor).find((node) => node.escapes);
    if (kept) throw escapes(tree.name, kept.location);
    const numbers = trace.probe.changed === null ? null : args.describe(trace.probe, parameters);
    // Whatever it comes to with the numbers tried: in a page it may be anything.
    const decision = trace.decisions.find((one, k) => !isSameDecision(one, expected.decisions[k]));
    if (decision && numbers) throw decidesBy(tree.name, numbers, placeOf(decision.site));
    if (!isSameWay(expected, trace))
      throw otherWay(tree.name, numbers, firstDifference(expected, trace)?.location);
    return trace;
  };
  // The first round finds out which numbers in the code change: from then on they are inputs.
  const before = traceOnce(tree, body, args, usual!);
  for (const probe of others) follow(run(probe), before);
  const first = follow(run(usual!), before)!; // The usual numbers are in the range of any dtype.
  const traces = [usual!, ...others].flatMap((probe) => follow(run(probe), first) ?? []);
  return [first, ...traces];
}

function traceOnce(
  tree: TraceTree,
  body: Traced["body"],
  { make, tensors }: ProbeArguments,
  probe: Probe,
): ProbeTrace {
  const args = make(probe.numbers);
  const session = new Session(tree);
  const call = new Call(session, { nameInputs: () => [], onCompute: () => undefined });
  const { result, decisions } = decisionsIn(() => call.start(() => body(...(args as never[]))));
  const inputTensors = [...session.inputs.tensors];
  call.returned();
  if (isPromise(result)) throw waits(tree.name, result);
  const outputs = tracedResults(session, result);
  const others = new Set(inputTensors.filter((tensor) => !tensors.includes(tensor)));
  visitTensors(result, (tensor) => {
    if (!tensors.includes(tensor) && !outputs.includes(tensor)) others.add(tensor);
  });
  const captured = [...others];
  const sourceOf = (tensor: Tensor): InputSource => {
    const argument = tensors.indexOf(tensor);
    return argument >= 0 ? { argument } : { constant: captured.indexOf(tensor) };
  };
  return {
    probe,
    args,
    cursor: session.cursor,
    outputs: outputs.map(({ id }) => id),
    inputTensors,
    inputs: inputTensors.map(sourceOf),
    others: captured,
    decisions,
    scalars: [...session.scalars],
    scalarSteps: pathTo(session.cursor).flatMap((node) =>
      node.literals.filter((slot) => slot?.isPromoted).map(() => node),
    ),
    result: rawResult(tree.name, result, outputs, sourceOf),
  };
}

function isSameWay(a: ProbeTrace, b: ProbeTrace): boolean {
  return (
    a.cursor === b.cursor &&
    a.outputs.join() === b.outputs.join() &&
    a.others.length === b.others.length &&
    JSON.stringify([a.inputs]) === JSON.stringify([b.inputs])
  );
}

function isSameDecision(a: Decision, b: Decision | undefined): boolean {
  return b !== undefined && a.site === b.site && Object.is(a.a, b.a) && Object.is(a.b, b.b);
}

/** The step at which another way was taken; undefined where only the results differ. */
function firstDifference(a: ProbeTrace, b: ProbeTrace): TraceNode | undefined {
  const [expected, got] = [pathTo(a.cursor), pathTo(b.cursor)];
  const at = expected.findIndex((node, k) => node !== got[k]);
  return at < 0 ? got[expected.length] : (got[at] ?? expected[at]);
}
