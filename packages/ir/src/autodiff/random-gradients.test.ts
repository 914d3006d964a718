import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchGraph } from "../batching/batch-graph.js";
import { Graph } from "../graph.js";
import "../index.js";
import { type HostTensor, hostTensor, interpret } from "../interpreter/index.js";
import type { Op } from "../op.js";
import { allOps } from "../define-op.js";
import { stopGradient } from "../ops/index.js";
import { expandRegions } from "../passes/expand-regions.js";
import { optimize } from "../passes/pipeline.js";
import { randomGraphs } from "../testing/random-graph.js";
import { randomInputs } from "../testing/random-inputs.js";
import { isFloat } from "../types.js";
import { jvpGraph } from "./jvp-graph.js";
import { vjpGraph } from "./vjp-graph.js";

const numRuns = Number(process.env.FUZZ_RUNS ?? 200);
/** The same graphs in every run, so that a failure is the change's; `FUZZ_SEED` draws others. */
const seed = Number(process.env.FUZZ_SEED ?? 20261126);

/** Its gradient is no derivative, by intent. */
const stops = (op: Op): boolean => op === stopGradient;

const graphs = randomGraphs({
  ops: allOps().filter((op) => !stops(op) && (op.vjp !== null || op.kind !== "kernel")),
  dtypes: ["float64", "float64", "float64", "int32", "bool"],
  specials: false,
  size: 10,
  mayReturn: ({ dtype }) => dtype === "float64",
});

const floats = (values: Graph["params"]): number[] =>
  [...values.keys()].filter((k) => isFloat(values[k]!.dtype));

/** One number for all results together, different for each element. */
function weigh(results: readonly HostTensor[]): number {
  let sum = 0;
  for (const [k, { data }] of results.entries())
    for (const [i, x] of data.entries()) sum += x * (1.5 - ((i * 0.618 + k * 0.37) % 1));
  return sum;
}

const cotangentsOf = (graph: Graph): HostTensor[] =>
  graph.results.map(({ type, size }, k) =>
    hostTensor(
      type,
      Float64Array.from({ length: size }, (_, i) => 1.5 - ((i * 0.618 + k * 0.37) % 1)),
    ),
  );

/** Differences that agree at two steps and from both sides; undefined at kinks, jumps, and where digits are lost. */
function slopeAlong(
  graph: Graph,
  inputs: readonly HostTensor[],
  param: number,
  element: number,
): number | undefined {
  const at = inputs[param]!.data[element]!;
  const f = (x: number): number =>
    weigh(
      interpret(
        graph,
        inputs.with(param, hostTensor(inputs[param]!.type, inputs[param]!.data.with(element, x))),
      ),
    );
  const [middle, h] = [f(at), 1e-5];
  const slopes = [
    f(at + h) - middle,
    middle - f(at - h),
    2 * (f(at + h / 2) - middle),
    2 * (middle - f(at - h / 2)),
  ].map((d) => d / h);
  const [low, high] = [Math.min(...slopes), Math.max(...slopes)];
  const scale = Math.max(1, Math.abs(middle), Math.abs(high), Math.abs(low));
  if (!(high - low <= 1e-3 * scale) || scale > 1e4) return undefined;
  return (slopes[2]! + slopes[3]!) / 2;
}

/** Whether a slope may be 0 · ∞: where something on the way is 0, infinite or NaN, so may be what follows from it. */
function meetsEdges(graph: Graph, inputs: readonly HostTensor[]): boolean {
  const flat = expandRegions.run(graph);
  const values = flat.nodes.flatMap(({ outputs }) => outputs).filter(({ dtype }) => isFloat(dtype));
  const all = interpret(new Graph(flat.name, flat.params, flat.nodes, values), inputs);
  return all.some(({ data }) => data.some((x) => x === 0 || !Number.isFinite(x)));
}

let compared = 0;

function expectGradients(graph: Graph, inputs: readonly HostTensor[]): void {
  const wrt = floats(graph.params);
  if (wrt.length === 0 || graph.results.length === 0) return;
  const derived = vjpGraph(graph, wrt);
  const all = [...inputs, ...cotangentsOf(graph)];
  const gradients = interpret(derived, all);
  const optimized = interpret(optimize(derived), all);
  const isEdge = meetsEdges(graph, inputs);
  for (const [k, param] of wrt.entries()) {
    for (const element of inputs[param]!.data.keys()) {
      const wanted = slopeAlong(graph, inputs, param, element);
      if (wanted === undefined) continue;
      compared++;
      const tolerance = 2e-3 * Math.max(1, Math.abs(wanted));
      for (const got of [gradients[k]!.data[element]!, optimized[k]!.data[element]!])
        if (!(Math.abs(got - wanted) <= tolerance) && !(Number.isNaN(got) && isEdge))
          throw new Error(
            `parameter ${param}, element ${element}: the rules give ${got}, differences ${wanted}`,
          );
    }
  }
}

function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-8 * Math.max(1, Math.abs(a), Math.abs(b));
}

describe("of random graphs", { timeout: 600_000 }, () => {
  test("gradients are central differences", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, inputSeed) =>
        expectGradients(graph, randomInputs(graph, inputSeed)),
      ),
      { numRuns, seed },
    );
    expect(compared).toBeGreaterThan(numRuns);
  });

  test("tangents are the transpose of gradients, and both of a batch are those of each call", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, inputSeed) => {
        const wrt = floats(graph.params);
        if (wrt.length === 0 || graph.results.length === 0) return;
        const everything = [...graph.params.keys()];
        const calls = [0, 1].map((call) => randomInputs(graph, inputSeed + call));
        const cts = cotangentsOf(graph);
        const batch = batchGraph(graph, everything, 2);
        const stacked = everything.map((k) => stack(calls.map((inputs) => inputs[k]!)));
        const both = interpret(vjpGraph(batch, wrt), [...stacked, ...cts.map((ct) => stack([ct, ct]))]);
        for (const [call, inputs] of calls.entries()) {
          const gradients = interpret(vjpGraph(graph, wrt), [...inputs, ...cts]);
          const tangents = wrt.map((k) => randomInputs(graph, inputSeed + 7)[k]!);
          const pushed = interpret(jvpGraph(graph, wrt), [...inputs, ...tangents]);
          const [forwards, backwards] = [dots(pushed, cts), dots(gradients, tangents)];
          if (Number.isFinite(forwards) && Number.isFinite(backwards) && Math.abs(forwards) < 1e6)
            expect([isClose(forwards, backwards), forwards, backwards]).toEqual([true, forwards, backwards]);
          for (const [k, { data }] of gradients.entries()) {
            for (const [i, x] of data.entries()) {
              const got = both[k]!.data[call * data.length + i]!;
              expect([isClose(got, x), got, x]).toEqual([true, got, x]);
            }
          }
        }
      }),
      { numRuns, seed },
    );
  });
});

function dots(a: readonly HostTensor[], b: readonly HostTensor[]): number {
  return a.reduce((sum, { data }, k) => data.reduce((part, x, i) => part + x * b[k]!.data[i]!, sum), 0);
}

function stack(tensors: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = tensors[0]!.type;
  return hostTensor(
    { dtype, shape: [tensors.length, ...shape] },
    tensors.flatMap(({ data }) => [...data]),
  );
}
