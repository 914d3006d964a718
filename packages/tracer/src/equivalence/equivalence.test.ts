import {
  allOps,
  elementCount,
  type Graph,
  type HostTensor,
  interpret,
  optimize,
  parseGraph,
  printGraph,
  type Target,
  type Value,
} from "@weftjs/ir";
import { randomGraphs } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? 2000);
/** The same graphs in every run, so that a failure is the change's; `FUZZ_SEED` draws others. */
const seed = Number(process.env.FUZZ_SEED ?? 20261123);
const runtime = new Runtime();
afterAll(() => runtime.destroy());

const dtypes = ["float32", "float32", "int32", "uint32", "bool"] as const;
const graphs = randomGraphs({
  ops: allOps().filter((op) => op.kind !== "region"),
  dtypes,
  shapes: [[], [3], [2, 3], [1], [1, 3], [2, 1], [4, 8], [8], [3, 3], [2, 3, 2], [4, 2, 4], [0], [2, 0]],
  mayReturn: (value) => value.dtype !== "float64" && value.dtype !== "float16",
});

/** Small numbers that stay away from overflow; some repeat, so that ties and zeros are met. */
function inputFor(value: Value, seed: number): HostTensor {
  const data = Float64Array.from({ length: elementCount(value.shape) }, (_, i) => {
    const n = (i * 7 + seed * 13) % 11;
    switch (value.dtype) {
      case "bool":
        return n % 2;
      case "int32":
        return n - 5;
      case "uint32":
        return n;
      default:
        return Math.fround((n - 5) / 4);
    }
  });
  return { type: value.type, data };
}

/** Equal up to rounding; NaN with NaN, infinities by sign. Huge intermediate values make any digit legal. */
function isClose(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  return Math.abs(a - b) <= 2e-3 * Math.max(1, Math.abs(a), Math.abs(b));
}

async function expectSame(
  graph: Graph,
  variants: readonly { fuse: boolean; target?: Partial<Target> }[],
): Promise<void> {
  const inputs = graph.params.map((param, k) => inputFor(param, k + 1));
  const wanted = interpret(graph, inputs, { precision: "storage" });
  for (const variant of variants) {
    const got = await runGraph(runtime, optimize(graph), inputs, variant);
    for (const [k, tensor] of wanted.entries()) {
      for (const [i, value] of [...tensor.data].entries()) {
        if (isClose(value, got[k]![i]!)) continue;
        const detail = `result ${k}, element ${i}: ${got[k]![i]} for ${value} (${JSON.stringify(variant)})`;
        throw new Error(`${detail}\n${printGraph(graph)}\n${printGraph(optimize(graph))}`);
      }
    }
  }
}

/** Long rows, so that the variants for real GPUs have something to share among threads. */
const rowGraphs = randomGraphs({
  ops: allOps().filter((op) => ["pointwise", "reduce", "movement"].includes(op.kind)),
  dtypes: ["float32", "float32", "float32", "int32", "bool"],
  shapes: [[3, 64], [64], [3, 1], [3], [], [130], [2, 130], [64, 3], [130, 2], [1, 256]],
  size: 8,
  mayReturn: (value) => value.dtype !== "float64" && value.dtype !== "float16",
});

/** What any GPU grants, and no more bindings than WebGPU promises. */
const GPU: Partial<Target> = { kind: "gpu", maxStorageBuffers: 8 };

/** Found by the random graphs: compilers of SPIR-V fold these to a factor, which is no NaN where the other is 0. */
const FOLDED = `graph(%x: f32[6], %y: f32[6]) {
  %0: f32[6] = multiply %x, %y
  %1: f32[6] = divide %0, %y
  %2: f32[6] = divide %x, %y
  %3: f32[6] = multiply %2, %y
  %4: f32[6] = multiply %x, %x
  %5: f32[6] = divide %4, %x
  return %1, %3, %5
}`;

test("a product over one of its factors is NaN where that is 0 or infinite", async () => {
  const graph = parseGraph(FOLDED);
  const data = [0, -0, Infinity, 3, 2, 0];
  const inputs = graph.params.map(({ type }, k) => ({
    type,
    data: Float64Array.from(k === 0 ? data : data.toReversed()),
  }));
  const wanted = interpret(graph, inputs, { precision: "storage" });
  const got = await runGraph(runtime, graph, inputs, { fuse: true });
  expect(got.map((values) => [...values])).toEqual(wanted.map((tensor) => [...tensor.data]));
});

test("a scatter of one element, and what is made of it, compiles", async () => {
  const graph = parseGraph(`graph(%x: i32[1]) {
    %0: i32[1] = scatterAdd %x, %x {axis=0, size=1}
    %1: f32[1] = astype %0 {dtype=float32}
    %2: f32[1] = floor %1
    return %2
  }`);
  const [type] = graph.params.map((param) => param.type);
  const got = await runGraph(runtime, graph, [{ type: type!, data: Float64Array.of(0) }], { fuse: true });
  expect(got).toEqual([Float64Array.of(0)]);
});

describe("random graphs", { timeout: 600_000 }, () => {
  test("give the same fused, unfused and interpreted", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, (graph) => expectSame(graph, [{ fuse: true }, { fuse: false }])),
      { numRuns: RUNS, seed },
    );
    expect(runtime.stats().dispatches).toBeGreaterThan(RUNS / 2);
  });

  test("give the same with the kernels that real GPUs get", async () => {
    const variants = [{ fuse: true, target: GPU }, { fuse: false, target: GPU }, { fuse: true }];
    await fc.assert(
      fc.asyncProperty(rowGraphs, (graph) => expectSame(graph, variants)),
      {
        numRuns: Math.ceil(RUNS / 4),
        seed,
      },
    );
  });
});
