import { asValue, GraphBuilder } from "../builder.js";
import { bug } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import { currentRecorder } from "../recorder.js";
import { formatType, type Operand, sameType, type ValueLike } from "../types.js";

/**
 * Replays the nodes of `graph` on the recorder in force, with `args` for its parameters, and gives its results.
 * A graph builder keeps the nodes' own locations; where there is none, they get that of the call. O(nodes).
 */
export function inlineGraph(graph: Graph, args: readonly Operand[]): readonly ValueLike[] {
  if (args.length !== graph.params.length) {
    throw bug(`a graph of ${graph.params.length} parameters was inlined with ${args.length}`);
  }
  const recorder = currentRecorder();
  if (recorder instanceof GraphBuilder) return inlineInto(recorder, graph, args.map(asValue));
  return replay(graph, args);
}

/** Nodes are typed already, so they are copied without asking the ops' rules again. */
function inlineInto(builder: GraphBuilder, graph: Graph, args: readonly Value[]): readonly Value[] {
  const values = new Map<Value, Value>();
  graph.params.forEach((param, k) => {
    if (!sameType(param.type, args[k]!.type)) {
      throw bug(
        `parameter ${k} is ${formatType(param.type)}, it was inlined with ${formatType(args[k]!.type)}`,
      );
    }
    values.set(param, args[k]!);
  });
  for (const node of graph.nodes) copyNode(builder, node, values);
  return graph.results.map((result) => values.get(result)!);
}

/** Adds a copy of `node` whose operands are looked up in `values`, and puts its outputs there. */
export function copyNode(builder: GraphBuilder, node: Node, values: Map<Value, Value>): void {
  const inputs = node.inputs.map((input) => values.get(input)!);
  const types = node.outputs.map((output) => output.type);
  const location = node.location ?? builder.location;
  const outputs = builder.append(node.op, inputs, node.attrs, types, location);
  node.outputs.forEach((output, k) => values.set(output, outputs[k]!));
}

function replay(graph: Graph, args: readonly Operand[]): readonly ValueLike[] {
  const recorder = currentRecorder();
  const values = new Map<Value, Operand>(graph.params.map((param, k) => [param, args[k]!]));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const made = recorder.record(node.op, inputs, node.attrs);
    const outputs = Array.isArray(made) ? (made as readonly ValueLike[]) : [made as ValueLike];
    node.outputs.forEach((output, k) => values.set(output, outputs[k]!));
  }
  // A result that is a parameter comes back as it was passed.
  return graph.results.map((result) => values.get(result) as ValueLike);
}
