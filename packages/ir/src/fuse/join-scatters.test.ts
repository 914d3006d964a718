import { expect, test } from "vitest";
import { graphOf } from "../testing/index.js";
import { vjpGraph } from "../autodiff/vjp-graph.js";
import type { Graph } from "../graph.js";
import { interpret } from "../interpreter/index.js";
import { add } from "../ops/arithmetic.js";
import { gather } from "../ops/indexing.js";
import { slice } from "../ops/movement.js";
import { tanh } from "../ops/hyperbolic.js";
import { reshape } from "../ops/stretch.js";
import { optimize } from "../passes/pipeline.js";
import { randomInputs } from "../testing/random-inputs.js";
import { verifyGraph } from "../text/verify.js";
import type { ValueLike } from "../types.js";
import { joinScatters } from "./join-scatters.js";

/** The gradient of a table that is looked up at each step, with indices that are there or made of others. */
function lookups(steps: number, width: number, ownIndices: boolean): Graph {
  const types = [
    { dtype: "float32", shape: [7, width] } as const,
    { dtype: "int32", shape: [steps, 3] } as const,
  ];
  const body = graphOf(types, (table, indices) => {
    let total: ValueLike | undefined;
    for (let t = 0; t < steps; t++) {
      const row = reshape(slice(indices!, { starts: [t, 0], sizes: [1, 3], strides: [1, 1] }), {
        shape: [3],
      });
      const found = tanh(gather(table!, ownIndices ? add(row, t) : row, { axis: 0 }));
      total = total ? add(total, found) : found;
    }
    return [total!];
  });
  return vjpGraph(body, [0]);
}

const scatters = (graph: Graph): number => graph.nodes.filter(({ op }) => op.name === "scatterAdd").length;

test.each([
  { steps: 6, width: 4, ownIndices: false, joined: 1 },
  { steps: 6, width: 1, ownIndices: true, joined: 1 },
  { steps: 3, width: 4, ownIndices: false, joined: 3 },
])("sums by index that are summed are one, of four on: %o", ({ steps, width, ownIndices, joined }) => {
  const before = optimize(lookups(steps, width, ownIndices));
  expect(scatters(before)).toBe(steps);
  const after = joinScatters(before);
  verifyGraph(after);
  expect(scatters(after)).toBe(joined);
  const inputs = randomInputs(before, 3);
  const wanted = interpret(before, inputs);
  for (const [k, { data }] of interpret(after, inputs).entries()) {
    data.forEach((value, i) => expect(value).toBeCloseTo(wanted[k]!.data[i]!, 10));
  }
});
