import { GraphBuilder } from "../builder.js";
import type { WeftError } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import { cse } from "../passes/cse.js";
import { dropUnused } from "../passes/drop-unused.js";
import { expandRegionsBut } from "../passes/expand-regions.js";
import { withRecorder } from "../recorder.js";
import { isFloat } from "../types.js";
import { checkFloat, copyForward, floatResults, notDifferentiable, zeros } from "./forward.js";
import { hasTangents, partialTangent, type TangentCall, tangentsOf } from "./tangents.js";

export interface JvpOptions {
  /** Results whose tangents are wanted. All float results where absent. */
  readonly of?: readonly number[];
  /** Gives the results of `body` too, before the tangents. */
  readonly keepResults?: boolean;
}

/**
 * Forward-mode derivative, Graph to Graph.
 *
 * Parameters: those of `body`, then one tangent for each parameter in `wrt`. Results: one tangent for each result in
 * `of`, of that result's type. Tangents run along with the computation: what depends on no parameter in `wrt` has a
 * symbolic zero, which becomes a constant at the very end, if ever. How the tangents of a node follow from those of
 * its operands is said in `tangents.ts`, with what happens at ties and kinks. Each new node has the location of the
 * node it belongs to. Region ops in `body` without a rule of their own are expanded first; the outcome is ordinary
 * ops and can be differentiated again, either way. O(nodes).
 *
 * @throws W2060 a wanted tangent depends on an op without derivative; W2061 a parameter or wanted result is not float.
 */
export function jvpGraph(body: Graph, wrt: readonly number[], options: JvpOptions = {}): Graph {
  const of = options.of ?? floatResults(body);
  checkFloat(body, wrt, of);
  const flat = cse.run(expandRegionsBut(body, (op) => hasTangents(op)));
  const builder = new GraphBuilder(flat.name);
  const forward = copyForward(flat, builder);
  const tangents = new Tangents(builder, forward);
  for (const k of wrt) {
    const param = flat.params[k]!;
    tangents.set(param, builder.param(param.type, `t${k}`));
  }
  for (const node of flat.nodes) pushForward(node, tangents);
  builder.location = null;
  const results = options.keepResults ? flat.results.map((result) => forward.get(result)!) : [];
  return dropUnused(builder.finish([...results, ...of.map((k) => tangents.orZeros(flat.results[k]!))]));
}

/**
 * The tangents so far, by the body's values. Where an op has no derivative there is its error instead, which is
 * thrown where it matters: a tangent that is asked for. So a body has a forward derivative wherever it has a reverse.
 */
class Tangents {
  private readonly known = new Map<Value, Value | WeftError>();

  constructor(
    readonly builder: GraphBuilder,
    readonly forward: ReadonlyMap<Value, Value>,
  ) {}

  get(value: Value): Value | WeftError | undefined {
    return this.known.get(value);
  }

  set(value: Value, tangent: Value | WeftError): void {
    if (isFloat(value.dtype)) this.known.set(value, tangent);
  }

  orZeros(value: Value): Value {
    const tangent = this.known.get(value);
    if (tangent instanceof Error) throw tangent;
    return tangent ?? zeros(this.builder, value.type);
  }
}

function pushForward(node: Node, tangents: Tangents): void {
  const given = node.inputs.map((input) => tangents.get(input));
  if (given.every((tangent) => tangent === undefined)) return;
  if (!node.outputs.some((output) => isFloat(output.dtype))) return;
  const { builder, forward } = tangents;
  builder.location = node.location;
  const call: TangentCall = {
    node,
    inputs: node.inputs.map((input) => forward.get(input)!),
    tangents: given.map((tangent) => (tangent instanceof Error ? undefined : tangent)),
    outs: node.outputs.map((output) => forward.get(output)!),
  };
  const missing = missingDerivative(call, given, builder);
  if (missing) return node.outputs.forEach((output) => tangents.set(output, missing));
  if (call.tangents.every((tangent) => tangent === undefined)) return;
  const made = withRecorder(builder, () => tangentsOf(call));
  node.outputs.forEach((output, k) => {
    const tangent = made[k];
    if (tangent !== undefined) tangents.set(output, builder.bring(tangent, output.type));
  });
}

/** The error that stands for this node's tangents: its own, or one that comes through an operand it depends on. */
function missingDerivative(
  call: TangentCall,
  given: readonly (Value | WeftError | undefined)[],
  builder: GraphBuilder,
): WeftError | undefined {
  const { node } = call;
  if (!hasTangents(node.op)) return notDifferentiable(node);
  for (const [k, tangent] of given.entries()) {
    if (tangent instanceof Error && !stops(call, k, builder)) return tangent;
  }
  return undefined;
}

/** Whether nothing of operand `k`'s tangent gets through, as in stopGradient. */
function stops(call: TangentCall, k: number, builder: GraphBuilder): boolean {
  if (call.node.op.kind !== "pointwise") return false;
  const probe = { ...call, tangents: call.inputs.map((input, i) => (i === k ? input : undefined)) };
  return withRecorder(builder, () => partialTangent(probe, k)) === undefined;
}
