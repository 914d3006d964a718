import { asValue, GraphBuilder } from "../builder.js";
import { atNode } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import type { VjpContext } from "../op.js";
import { add } from "../ops/arithmetic.js";
import { cse } from "../passes/cse.js";
import { dropUnused } from "../passes/drop-unused.js";
import { expandRegionsBut } from "../passes/expand-regions.js";
import { splitProducts } from "../passes/split-products.js";
import { withRecorder } from "../recorder.js";
import { isFloat, type Operand } from "../types.js";
import { checkFloat, copyForward, floatResults, notDifferentiable, zeros } from "./forward.js";

export interface VjpOptions {
  /** Results that a cotangent comes for; the others are symbolically zero. All float results where absent. */
  readonly seeded?: readonly number[];
  /** Gives the results of `body` too, before the gradients. */
  readonly keepResults?: boolean;
}

/**
 * Reverse-mode derivative, Graph to Graph.
 *
 * Parameters: those of `body`, then one cotangent a seeded result. Results: one gradient for each parameter in
 * `wrt`, of that parameter's type. Rules run for nodes alone that lie on a path from a parameter in `wrt` to a
 * seeded result; what lies on none has a symbolic zero, which becomes a constant at the very end, if ever. Each
 * backward node has the location of its forward node. Region ops in `body` that have no rule of their own are
 * expanded first, and the rules are ordinary ops, so the outcome can be differentiated again. Forward nodes that no
 * rule used are dropped. O(nodes).
 *
 * @throws W2060 an op on such a path has no derivative; W2061 a parameter or seeded result is not float.
 */
export function vjpGraph(body: Graph, wrt: readonly number[], options: VjpOptions = {}): Graph {
  const seeded = options.seeded ?? floatResults(body);
  checkFloat(body, wrt, seeded);
  // Equal nodes are merged first: cotangents of one broadcast add up before the one sum that follows.
  const flat = splitProducts.run(cse.run(expandRegionsBut(body, (op) => op.vjp !== null)));
  const builder = new GraphBuilder(flat.name);
  const forward = copyForward(flat, builder);
  const cotangents = new Cotangents(builder);
  for (const k of seeded) {
    const type = flat.results[k]!.type;
    cotangents.accumulate(forward.get(flat.results[k]!)!, builder.param(type, `ct${k}`));
  }
  const active = activeValues(
    flat,
    wrt.map((k) => flat.params[k]!),
  );
  for (const node of flat.nodes.toReversed()) pullBack(node, forward, active, cotangents);
  builder.location = null;
  const results = options.keepResults ? flat.results.map((result) => forward.get(result)!) : [];
  const gradients = wrt.map((k) => cotangents.orZeros(forward.get(flat.params[k]!)!));
  return dropUnused(builder.finish([...results, ...gradients]));
}

/** What depends on `sources` through floats; nothing else can get a gradient or pass one on. */
function activeValues(graph: Graph, sources: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(sources);
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => active.has(input))) continue;
    for (const output of node.outputs) if (isFloat(output.dtype)) active.add(output);
  }
  return active;
}

/** Runs the node's rule, if a cotangent has arrived at it and a gradient is wanted behind it. */
function pullBack(
  node: Node,
  forward: ReadonlyMap<Value, Value>,
  active: ReadonlySet<Value>,
  cotangents: Cotangents,
): void {
  const needs = node.inputs.map((input) => active.has(input));
  if (!needs.includes(true)) return;
  const outs = node.outputs.map((output) => forward.get(output)!);
  const cts = outs.map((output) => cotangents.get(output));
  if (cts.every((ct) => ct === undefined)) return;
  if (!node.op.vjp) throw notDifferentiable(node);

  const { vjp } = node.op;
  const inputs = node.inputs.map((input) => forward.get(input)!);
  const context: VjpContext = {
    get ct() {
      return cts[0] ?? cotangents.orZeros(outs[0]!);
    },
    cts,
    out: outs[0]!,
    outs,
    attrs: node.attrs,
    needs,
  };
  cotangents.builder.location = node.location;
  const gradients = atNode(node, () => withRecorder(cotangents.builder, () => vjp(inputs, context)));
  inputs.forEach((input, k) => {
    const gradient = gradients[k];
    if (needs[k] && gradient !== undefined) cotangents.accumulate(input, gradient);
  });
}

/** The cotangents that have arrived so far; a value without one has a symbolic zero. */
class Cotangents {
  private readonly sums = new Map<Value, Value>();

  constructor(readonly builder: GraphBuilder) {}

  get(value: Value): Value | undefined {
    return this.sums.get(value);
  }

  accumulate(value: Value, cotangent: Operand): void {
    const given = this.builder.bring(cotangent, value.type);
    const before = this.sums.get(value);
    const sum = before ? withRecorder(this.builder, () => add(before, given)) : given;
    this.sums.set(value, asValue(sum));
  }

  orZeros(value: Value): Value {
    return this.sums.get(value) ?? zeros(this.builder, value.type);
  }
}
