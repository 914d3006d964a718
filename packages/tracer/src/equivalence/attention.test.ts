import {
  attention,
  type AttentionAttrs,
  constant,
  DEFAULT_TARGET,
  type Graph,
  hostTensor,
  type HostTensor,
  interpret,
  optimize,
  planMemory,
  type Schedule,
  scheduleGraph,
  type Shape,
  type Target,
  type Value,
  vjpGraph,
  where,
} from "@weftjs/ir";
import { graphOf } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

interface Sizes {
  readonly batch: Shape;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
}

/** Attention of queries, keys and values with a bool mask of this shape, if any. */
function attentionGraph(sizes: Sizes, attrs: AttentionAttrs, mask?: Shape): Graph {
  const { batch, queries, keys, depth, width } = sizes;
  const float = (...shape: number[]) => ({ dtype: "float32", shape: [...batch, ...shape] }) as const;
  const types = [float(queries, depth), float(keys, depth), float(keys, width)];
  const masks = mask ? [{ dtype: "bool", shape: mask } as const] : [];
  return graphOf([...types, ...masks], (q, k, v, seen) => {
    const zero = constant({ value: 0, dtype: "float32", shape: [] });
    const made = attention(q!, k!, v!, seen ? where(seen, 0, -Infinity) : zero, attrs);
    return (made as unknown as readonly Value[])[0]; // A list, as of every op with several outputs.
  });
}

function inputsOf(graph: Graph): HostTensor[] {
  return graph.params.map(({ type, size }, k) => {
    const data = Array.from({ length: size }, (_, i) => ((i * 0.618 + k * 0.37) % 1) * 2 - 1);
    return hostTensor(
      type,
      type.dtype === "bool" ? data.map((x) => (x > -0.4 ? 1 : 0)) : data.map(Math.fround),
    );
  });
}

/** Tiles of eight keys, so that a few queries meet several, the last of them in part. */
const TILES: Partial<Target> = { kind: "gpu", maxWorkgroupMemoryBytes: 400 };

describe("values and gradients of attention", () => {
  const ragged: Sizes = { batch: [2], queries: 66, keys: 21, depth: 4, width: 8 };
  const cases: [string, Graph][] = [
    ["of all keys", attentionGraph(ragged, { scale: 0.5 })],
    ["of earlier keys, some not seen", attentionGraph(ragged, { scale: 0.5, causal: true }, [66, 21])],
    [
      "in no fours",
      attentionGraph({ ...ragged, queries: 5, depth: 3, width: 1 }, { scale: 0.5 }, [2, 1, 21]),
    ],
    [
      "of later queries alone",
      attentionGraph({ ...ragged, queries: 6, keys: 70 }, { scale: 1, causal: true }),
    ],
  ];
  for (const [name, target] of [
    ["a thread two rows", {}],
    ["tiles in workgroup memory", TILES],
  ] as const) {
    test.each(cases)(`${name}, %s, are those of the interpreter`, async (_, graph) => {
      const both = vjpGraph(graph, [0, 1, 2], { keepResults: true });
      const inputs = inputsOf(both);
      const wanted = interpret(both, inputs);
      const got = await runGraph(runtime, optimize(both), inputs, { fuse: true, target });
      for (const [k, { data }] of wanted.entries())
        expect(Math.max(...data.map((x, i) => Math.abs(x - got[k]![i]!)))).toBeLessThan(2e-6 * 21);
    });
  }
});

test("a key that is not seen has no part, whatever it holds", async () => {
  const graph = attentionGraph(
    { batch: [], queries: 4, keys: 8, depth: 4, width: 4 },
    { scale: 1, causal: true },
    [1, 8],
  );
  const inputs = inputsOf(graph);
  inputs[3]!.data.fill(1);
  inputs[3]!.data[1] = 0;
  const [wanted] = interpret(graph, inputs);
  // Key 1 is masked, the last four come later than every query.
  for (const tensor of inputs.slice(1, 3))
    for (const key of [1, 4, 5, 6, 7]) tensor.data.fill(NaN, 4 * key, 4 * key + 4);
  expect(wanted!.data.every(Number.isFinite)).toBe(true);
  for (const target of [{}, TILES]) {
    const [got] = await runGraph(runtime, optimize(graph), inputs, { fuse: true, target });
    expect(Math.max(...got!.map((x, i) => Math.abs(x - wanted!.data[i]!)))).toBeLessThan(1e-6);
  }
});

test("a NaN among what is seen reaches its own query, and no other", async () => {
  const graph = attentionGraph({ batch: [], queries: 4, keys: 4, depth: 4, width: 4 }, { scale: 1 });
  const inputs = inputsOf(graph);
  inputs[0]!.data[5] = NaN;
  for (const target of [{}, TILES]) {
    const [got] = await runGraph(runtime, optimize(graph), inputs, { fuse: true, target });
    expect([...got!].map(Number.isNaN)).toEqual(Array.from({ length: 16 }, (_, i) => i >> 2 === 1));
  }
});

describe("at length 1024", () => {
  const long: Sizes = { batch: [1, 2], queries: 1024, keys: 1024, depth: 32, width: 32 };
  const matrix = 1024 * 1024 * 4;
  const targets: [string, Target][] = [
    ["a GPU", DEFAULT_TARGET],
    ["a software adapter", { ...DEFAULT_TARGET, kind: "software" }],
  ];
  const scheduled = (graph: Graph, target: Target): Schedule =>
    scheduleGraph(optimize(graph), target, { fuse: true });
  const both = (graph: Graph): Graph => vjpGraph(graph, [0, 1, 2], { keepResults: true });

  test.each(targets)("no matrix of scores is in the memory of %s, forwards or backwards", (_, target) => {
    for (const causal of [false, true]) {
      const graph = both(attentionGraph(long, { scale: 1, causal }));
      expect(planMemory(scheduled(graph, target)).peakBytes).toBeLessThan(matrix);
    }
  });

  test.each(targets)("of a mask that is a matrix %s has that one alone", (_, target) => {
    const graph = both(attentionGraph(long, { scale: 1 }, [1024, 1024]));
    const { peakBytes } = planMemory(scheduled(graph, target));
    expect(peakBytes).toBeGreaterThan(matrix);
    expect(peakBytes).toBeLessThan(2 * matrix);
  });

  // Values are one kernel. Backwards there have to be two steps: what softmax's gradient subtracts is a sum over each
  // query's cotangents, and keys need it of all queries. Then the three gradients are independent: a software adapter
  // computes them side by side in one dispatch; on a GPU each has the workgroup memory to itself, and fills the device.
  test.each([
    ["a GPU", DEFAULT_TARGET, 5],
    ["a software adapter", { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: 12 }, 3],
  ] as [string, Target, number][])(
    "values are 1 dispatch, values and gradients %s: %#",
    (_, target, count) => {
      const graph = attentionGraph(long, { scale: 1 });
      expect(scheduled(graph, target).bundles).toHaveLength(1);
      expect(scheduled(both(graph), target).bundles).toHaveLength(count);
    },
  );
});
