import { asValue, type GraphBuilder } from "../builder.js";
import { WeftError } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import { constant } from "../ops/source.js";
import { withRecorder } from "../recorder.js";
import { formatType, isFloat, type TensorType } from "../types.js";
import { copyNode } from "./inline-graph.js";

// What both directions of differentiation begin with.

/** The positions of the results that are floats. */
export function floatResults(body: Graph): readonly number[] {
  return [...body.results.keys()].filter((k) => isFloat(body.results[k]!.dtype));
}

/** @throws W2061 a parameter in `wrt` or a result in `seeded` is not float. */
export function checkFloat(body: Graph, wrt: readonly number[], seeded: readonly number[]): void {
  const check = (value: Value, what: string): void => {
    if (isFloat(value.dtype)) return;
    throw new WeftError({
      code: "W2061",
      message: `gradients exist for floats, ${what} is ${formatType(value.type)}`,
      hint: 'convert it with astype(x, "float32") before the differentiated function',
    });
  };
  for (const k of wrt) check(body.params[k]!, `argument ${body.params[k]!.name ?? k}`);
  for (const k of seeded) check(body.results[k]!, `result ${k}`);
}

/** Puts the parameters and nodes of `graph` into the builder; tells what its values have become. */
export function copyForward(graph: Graph, builder: GraphBuilder): Map<Value, Value> {
  const forward = new Map<Value, Value>();
  for (const param of graph.params) {
    forward.set(param, builder.param(param.type, param.name, param.passedAs));
  }
  for (const node of graph.nodes) copyNode(builder, node, forward);
  return forward;
}

/** W2060, at the node. */
export function notDifferentiable(node: Node): WeftError {
  return new WeftError({
    code: "W2060",
    message: `${node.op.name} has no derivative`,
    notes: node.inputs.map((input, k) => `operand ${k} is ${formatType(input.type)}`),
    hint: "wrap its operand in stopGradient if its gradient is meant to be zero",
    location: node.location ?? undefined,
  });
}

/** Zeros of this type, made on the builder. */
export function zeros(builder: GraphBuilder, { dtype, shape }: TensorType): Value {
  return asValue(withRecorder(builder, () => constant({ value: 0, dtype, shape })));
}
