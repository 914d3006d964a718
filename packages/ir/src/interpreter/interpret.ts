import { GraphBuilder } from "../builder.js";
import { bug } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import type { RegionOp } from "../op.js";
import { withRecorder } from "../recorder.js";
import { evaluateLoop } from "./evaluate-loop.js";
import { checkType, evaluateNode } from "./evaluate-node.js";
import type { HostTensor } from "./host-tensor.js";
import type { Precision } from "./precision.js";

/**
 * Runs a graph in plain loops: the oracle that every kernel is compared with, and the whole of the cpu device.
 * Inputs are the parameters in order; those passed as scalars are tensors of shape [].
 */
export function interpret(
  graph: Graph,
  inputs: readonly HostTensor[],
  { precision = "float64" }: { readonly precision?: Precision } = {},
): readonly HostTensor[] {
  const tensors = new Map<Value, HostTensor>();
  graph.params.forEach((param, k) => {
    checkType(inputs[k], param.type);
    tensors.set(param, inputs[k]!);
  });

  const read = (value: Value): HostTensor => {
    const tensor = tensors.get(value);
    if (!tensor) throw bug("the interpreter met a value before its definition");
    return tensor;
  };
  for (const node of graph.nodes) {
    const outputs = evaluate(node, node.inputs.map(read), precision);
    node.outputs.forEach((output, k) => tensors.set(output, outputs[k]!));
  }
  return graph.results.map(read);
}

/** The values of any node's outputs, also of one that carries graphs. */
export function evaluate(
  node: Node,
  inputs: readonly HostTensor[],
  precision: Precision,
): readonly HostTensor[] {
  switch (node.op.kind) {
    case "region":
      return interpret(expanded(node, node.op), inputs, { precision });
    case "loop":
      return evaluateLoop(node, inputs, (body, given) => interpret(body, given, { precision }));
    default:
      return evaluateNode(node, inputs, precision);
  }
}

/** A region's computation as a graph of ordinary ops. */
function expanded(node: Node, op: RegionOp): Graph {
  const builder = new GraphBuilder(op.name);
  const params = node.inputs.map((input) => builder.param(input.type));
  const results = withRecorder(builder, () => op.expand(params, node.attrs));
  return builder.finish(results.map((result, k) => builder.bring(result, node.outputs[k]!.type)));
}
