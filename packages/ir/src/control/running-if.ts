import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Node, Value } from "../graph.js";
import { logicalAnd } from "../ops/compare.js";
import { expandRegions } from "../passes/expand-regions.js";
import { withRecorder } from "../recorder.js";
import type { LoopAttrs } from "./loop-layout.js";

/**
 * The graph with one more parameter, the last: a bool scalar that says whether its results are wanted. Where they are
 * not, its values are anything at all, so that a loop that goes on until something comes true must not start.
 */
export function runningIf(graph: Graph): Graph {
  const flat = expandRegions.run(graph);
  const builder = new GraphBuilder(flat.name);
  const values = new Map<Value, Value>();
  for (const param of flat.params) values.set(param, builder.param(param.type, param.name));
  const isWanted = builder.param({ dtype: "bool", shape: [] });
  for (const node of flat.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const { inputs: operands, attrs } =
      node.op.kind === "loop" ? startingIf(node, inputs) : { ...node, inputs };
    const types = node.outputs.map(({ type }) => type);
    const outputs = builder.append(node.op, operands, attrs, types, node.location);
    node.outputs.forEach((output, k) => values.set(output, outputs[k]!));
  }
  return builder.finish(flat.results.map((result) => values.get(result)!));

  function startingIf(node: Node, inputs: readonly Value[]): Pick<Node, "inputs" | "attrs"> {
    const attrs = node.attrs as LoopAttrs;
    if (attrs.count === null) {
      const start = withRecorder(builder, () => logicalAnd(inputs[0]!, isWanted));
      return { inputs: inputs.with(0, asValue(start)), attrs };
    }
    if (!hasOpenLoop(attrs.body)) return { inputs, attrs };
    return { inputs: [...inputs, isWanted], attrs: { ...attrs, body: runningIf(attrs.body) } };
  }
}

function hasOpenLoop(graph: Graph): boolean {
  return expandRegions.run(graph).nodes.some((node) => {
    const attrs = node.attrs as LoopAttrs;
    return node.op.kind === "loop" && (attrs.count === null || hasOpenLoop(attrs.body));
  });
}
