import { asValue, GraphBuilder } from "../builder.js";
import { atNode, bug } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import { copyNode } from "../autodiff/inline-graph.js";
import { expandRegionsBut } from "../passes/expand-regions.js";
import { withRecorder } from "../recorder.js";
import { formatType, sameShape } from "../types.js";
import { batchNode } from "./batch-node.js";
import { lift } from "./lift.js";

/**
 * Many calls of one graph as one graph.
 *
 * Parameters: those of `body`, the ones in `batched` with one more axis of `size`, the first. Results: those of
 * `body`, all with that axis. What depends on no batched parameter is computed once; a result of that kind is
 * repeated at the end. Region ops without a rule of their own are expanded first. Locations stay. O(nodes), but for
 * ops of which each call has to be made by itself (see `batchNode`).
 */
export function batchGraph(body: Graph, batched: readonly number[], size: number): Graph {
  const flat = expandRegionsBut(body, (op) => op.batch !== null);
  const builder = new GraphBuilder(flat.name);
  const values = new Map<Value, Value>();
  const differing = new Set<Value>();
  flat.params.forEach((param, k) => {
    const { type, name, passedAs } = param;
    if (!batched.includes(k)) return void values.set(param, builder.param(type, name, passedAs));
    values.set(param, builder.param({ dtype: type.dtype, shape: [size, ...type.shape] }, name));
    differing.add(param);
  });
  for (const node of flat.nodes) {
    builder.location = node.location;
    if (node.inputs.some((input) => differing.has(input))) batchInto(builder, node, values, differing, size);
    else copyNode(builder, node, values);
  }
  builder.location = null;
  const results = flat.results.map((result) => {
    const value = values.get(result)!;
    return differing.has(result) ? value : asValue(withRecorder(builder, () => lift(value, size)));
  });
  return builder.finish(results);
}

function batchInto(
  builder: GraphBuilder,
  node: Node,
  values: Map<Value, Value>,
  differing: Set<Value>,
  size: number,
): void {
  const inputs = node.inputs.map((input) => values.get(input)!);
  const batched = node.inputs.map((input) => differing.has(input));
  const context = { size, batched, attrs: node.attrs };
  const made = atNode(node, () => withRecorder(builder, () => batchNode(node, inputs, context)));
  node.outputs.forEach((output, k) => {
    const value = asValue(made[k]);
    const isRight = value.dtype === output.dtype && sameShape(value.shape, [size, ...output.shape]);
    if (!isRight) {
      throw bug(
        `a batch of ${size} of ${node.op.name} is ${formatType(value.type)}, one ${formatType(output.type)}`,
      );
    }
    values.set(output, value);
    differing.add(output);
  });
}
