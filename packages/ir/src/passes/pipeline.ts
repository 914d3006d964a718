import type { LoopAttrs } from "../control/loop-layout.js";
import { loop } from "../control/loop.js";
import type { Graph } from "../graph.js";
import { canonicalize } from "./canonicalize.js";
import { cse } from "./cse.js";
import { dce } from "./dce.js";
import { expandPowers } from "./expand-powers.js";
import { expandRegions } from "./expand-regions.js";
import { fold } from "./fold.js";
import { mergeBroadcasts } from "./merge-broadcasts.js";
import { mergeLoops } from "./merge-loops.js";
import { mergeReductions } from "./merge-reductions.js";
import { mergeReshapes } from "./merge-reshapes.js";
import { mergeSlices } from "./merge-slices.js";
import { mergeTransposes } from "./merge-transposes.js";
import type { Pass } from "./pass.js";
import { rewriteGraph } from "./rewrite-graph.js";
import { type PassOptions, type Repeat, runPasses } from "./run-passes.js";
import { simplifyAlgebra } from "./simplify-algebra.js";
import { sinkBroadcasts } from "./sink-broadcasts.js";
import { splitProducts } from "./split-products.js";

/** What happens to a graph before its nodes are grouped into kernels, in this order. */
export const pipeline: readonly (Pass | Repeat)[] = [
  expandRegions, //      calls and gradients become ordinary ops
  dce, //                forward parts that a gradient did not need
  cse, //                the forward part that a gradient computed again
  splitProducts, //      of what many steps multiply, what can be multiplied at once
  {
    repeat: [
      canonicalize, //    ops that do nothing, windows at known starts
      fold, //            ops on constants
      simplifyAlgebra, // x · 1, -(-x), a + -b
      expandPowers, //    x ** 2
      mergeTransposes,
      mergeReshapes,
      mergeSlices,
      mergeReductions,
      mergeBroadcasts, // movements of broadcasts become broadcasts
      sinkBroadcasts, //  pointwise before broadcasting
      mergeLoops, //      a loop and the same one run for its gradient
      cse,
    ],
    atMost: 10,
  },
  dce,
];

/** Runs the whole pipeline, on the bodies of loops too. */
export function optimize(graph: Graph, options: PassOptions = {}): Graph {
  const optimized = runPasses(graph, pipeline, options);
  const bodies = new Map<Graph, Graph>();
  const optimizedBody = (body: Graph): Graph => {
    const known = bodies.get(body) ?? optimize(body, { ...options, onPass: () => undefined });
    bodies.set(body, known);
    return known;
  };
  return rewriteGraph(optimized, (node, edit) => {
    const attrs = node.attrs as LoopAttrs;
    if (node.op !== loop) return;
    const body = optimizedBody(attrs.body);
    if (body !== attrs.body) edit.replace(node, () => loop(node.inputs, { ...attrs, body }));
  });
}
