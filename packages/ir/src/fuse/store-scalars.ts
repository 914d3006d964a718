import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Value } from "../graph.js";
import { copy } from "../ops/convert.js";
import { withRecorder } from "../recorder.js";

/**
 * Results that are numbers of the call become copies of them: a number lies in no buffer that could be given back, so
 * without one nothing would write the result. O(nodes).
 */
export function storeScalars(graph: Graph): Graph {
  if (!graph.results.some(isNumber)) return graph;
  const builder = new GraphBuilder(graph.name);
  for (const param of graph.params) builder.adoptParam(param);
  for (const node of graph.nodes) builder.adopt(node);
  const results = withRecorder(builder, () =>
    graph.results.map((result) => (isNumber(result) ? asValue(copy(result)) : result)),
  );
  return builder.finish(results);
}

function isNumber(value: Value): boolean {
  return value.passedAs === "scalar";
}
