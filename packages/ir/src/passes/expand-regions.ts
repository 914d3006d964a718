import { asValue, GraphBuilder } from "../builder.js";
import { bug } from "../errors.js";
import type { Graph, Node, Value } from "../graph.js";
import type { Op, RegionOp } from "../op.js";
import { withRecorder } from "../recorder.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Replaces calls of region ops by the ops they stand for, through all levels.
 * Nodes of a body keep their own locations; those without one get that of the call. Time and size are those of
 * the expanded graph, and nesting costs no stack: a function that calls itself a thousand times is a thousand
 * levels deep.
 */
export const expandRegions: Pass = definePass({
  name: "expand-regions",
  run: (graph) => expandRegionsBut(graph, () => false),
});

/** The graph without regions, but for those that are to stay: those with the rule that is going to be asked for. */
export function expandRegionsBut(graph: Graph, stays: (op: RegionOp) => boolean): Graph {
  const expands = (op: Op): op is RegionOp => op.kind === "region" && !stays(op);
  if (!graph.nodes.some((node) => expands(node.op))) return graph;
  const builder = new GraphBuilder(graph.name);
  for (const param of graph.params) builder.adoptParam(param);
  return builder.finish(expandInto(builder, graph, expands));
}

/** A graph on its way into the builder: what is done, and what its values have become. */
interface Frame {
  readonly graph: Graph;
  readonly values: Map<Value, Value>;
  /** The region node, in the frame below, that this is the expansion of. */
  readonly region: Node | null;
  next: number;
}

function expandInto(
  builder: GraphBuilder,
  graph: Graph,
  expands: (op: Op) => op is RegionOp,
): readonly Value[] {
  const identity = new Map(graph.params.map((param) => [param, param]));
  const frames: Frame[] = [{ graph, values: identity, region: null, next: 0 }];
  for (;;) {
    const frame = frames.at(-1)!;
    const node = frame.graph.nodes[frame.next++];
    if (node) {
      const inputs = node.inputs.map((input) => frame.values.get(input)!);
      if (expands(node.op)) frames.push(openRegion(node, node.op, inputs));
      else copy(builder, node, inputs, frame.values);
      continue;
    }
    const results = frame.graph.results.map((result) => frame.values.get(result)!);
    frames.pop();
    if (!frame.region) return results;
    const below = frames.at(-1)!;
    frame.region.outputs.forEach((output, k) => below.values.set(output, results[k]!));
  }
}

/** One level of a region as a graph of its own, with the region's operands for its parameters. */
function openRegion(region: Node, op: RegionOp, inputs: readonly Value[]): Frame {
  const builder = new GraphBuilder();
  builder.location = region.location;
  const params = inputs.map((input) => builder.param(input.type));
  const results = withRecorder(builder, () => op.expand(params, region.attrs)).map(asValue);
  if (results.length !== region.outputs.length) {
    throw bug(`${op.name} expands to ${results.length} results, it has ${region.outputs.length}`);
  }
  const values = new Map(params.map((param, k) => [param, inputs[k]!]));
  return { graph: builder.finish(results), values, region, next: 0 };
}

function copy(builder: GraphBuilder, node: Node, inputs: readonly Value[], values: Map<Value, Value>): void {
  const types = node.outputs.map((output) => output.type);
  const outputs = builder.append(node.op, inputs, node.attrs, types, node.location);
  node.outputs.forEach((output, k) => values.set(output, outputs[k]!));
}
