import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph } from "../graph.js";
import "../index.js";
import { allOps } from "../define-op.js";
import { interpret } from "../interpreter/interpret.js";
import type { Precision } from "../interpreter/precision.js";
import { randomGraphs } from "../testing/random-graph.js";
import { randomInputs, sameBits } from "../testing/random-inputs.js";
import { hashGraph } from "../text/hash.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { optimize, pipeline } from "./pipeline.js";
import type { Pass } from "./pass.js";

const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };
const graphs = randomGraphs({ size: 16 });
/** Graphs of some ops alone, in which a pass that looks for these has much to do. */
const graphsOf = (...names: readonly string[]): fc.Arbitrary<Graph> =>
  randomGraphs({ size: 12, ops: allOps().filter(({ name }) => names.includes(name)) });
const movements = graphsOf(
  ...allOps()
    .filter(({ kind }) => kind === "movement")
    .map(({ name }) => name),
  "exp",
);
const FOCUS: Record<string, fc.Arbitrary<Graph>> = {
  "simplify-algebra": graphsOf(
    ..."add subtract multiply divide negative abs square relu floor sign round maximum".split(" "),
    ..."where equal logicalNot logicalAnd logicalOr logicalXor constant".split(" "),
  ),
  "merge-transposes": graphsOf("transpose", "exp"),
  "merge-reshapes": graphsOf("reshape", "exp"),
  "merge-slices": graphsOf("slice", "pad", "concat", "flip"),
  "merge-broadcasts": graphsOf("broadcastTo", "reshape", "transpose", "slice", "flip"),
  // Of one type, so that loops meet with the same operands.
  "merge-loops": randomGraphs({
    size: 12,
    ops: allOps().filter(({ name }) => name === "loop"),
    dtypes: ["float32"],
    shapes: [[2, 3]],
  }),
  "sink-broadcasts": graphsOf("broadcastTo", "exp", "add", "where", "constant"),
};

function expectSameResults(before: Graph, after: Graph, inputSeed: number, precision: Precision): void {
  verifyGraph(after);
  const inputs = randomInputs(before, inputSeed, { specials: true });
  const expected = interpret(before, inputs, { precision });
  const got = interpret(after, inputs, { precision });
  if (sameBits(expected, got)) return;
  // Compared as text only now: that is slow, and shows the difference well.
  const show = (tensors: typeof got): string => tensors.map(({ data }) => [...data].map(String)).join("\n");
  expect(`${printGraph(after)}\n${show(got)}`).toBe(`${printGraph(before)}\n${show(expected)}`);
}

/** Each pass once, in the order of the pipeline. */
const passes: readonly Pass[] = [
  ...new Set(pipeline.flatMap((step): readonly Pass[] => ("repeat" in step ? step.repeat : [step]))),
];
/** Says itself that last places differ: tested value by value. */
const approximate = ["expand-powers", "split-products"];
/** Rounds where arithmetic in float64 would not. */
const rounding = ["fold"];

describe("random graphs", () => {
  test("are sound", () => {
    fc.assert(
      fc.property(graphs, (graph) => verifyGraph(graph)),
      { numRuns, ...seed },
    );
  });

  test("print to text that parses back to the same graph", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const text = printGraph(graph);
        const back = parseGraph(text);
        verifyGraph(back);
        expect(printGraph(back)).toBe(text);
        expect(hashGraph(back)).toBe(hashGraph(graph));
      }),
      { numRuns, ...seed },
    );
  });
});

describe("keeps every bit of random graphs:", () => {
  test.each(
    passes.filter(({ name }) => !approximate.includes(name)).map((pass) => [pass.name, pass] as const),
  )("%s", (name, pass) => {
    const precision = rounding.includes(name) ? "storage" : "float64";
    let changes = 0;
    fc.assert(
      fc.property(fc.oneof(graphs, FOCUS[name] ?? graphs), fc.nat(), (graph, inputSeed) => {
        const after = pass.run(graph);
        if (after === graph) return;
        changes++;
        expectSameResults(graph, after, inputSeed, precision);
      }),
      { numRuns: 2 * numRuns, ...seed },
    );
    // Otherwise this shows nothing.
    expect(changes).toBeGreaterThan(numRuns / 50);
  });

  test("all passes in random order", () => {
    const byName = new Map(passes.map((pass) => [pass.name, pass]));
    const exact = [...byName.keys()].filter((name) => !approximate.includes(name));
    const orders = fc.array(fc.constantFrom(...exact), { minLength: 4, maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(graphs, movements), orders, fc.nat(), (graph, order, inputSeed) => {
        const after = order.reduce((current, name) => byName.get(name)!.run(current), graph);
        expectSameResults(graph, after, inputSeed, "storage");
      }),
      { numRuns: 2 * numRuns, ...seed },
    );
  });

  test("the whole pipeline, which then finds nothing more to do", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, inputSeed) => {
        const after = optimize(graph, { verify: true, disable: approximate });
        expectSameResults(graph, after, inputSeed, "storage");
        expect(optimize(after, { disable: approximate })).toBe(after);
      }),
      { numRuns: 2 * numRuns, ...seed },
    );
  });
});
