import {
  allOps,
  elementCount,
  type Graph,
  type HostTensor,
  interpret,
  optimize,
  printGraph,
  type Target,
  type Value,
} from "@weftjs/ir";
import { randomGraphs } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
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

describe("random graphs", { timeout: 600_000 }, () => {
  test("give the same fused, unfused and interpreted", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, (graph) => expectSame(graph, [{ fuse: true }, { fuse: false }])),
      { numRuns: RUNS, ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}) },
    );
    expect(runtime.stats().dispatches).toBeGreaterThan(RUNS / 2);
  });

  test("give the same with the kernels that real GPUs get", async () => {
    const variants = [{ fuse: true, target: GPU }, { fuse: false, target: GPU }, { fuse: true }];
    await fc.assert(
      fc.asyncProperty(rowGraphs, (graph) => expectSame(graph, variants)),
      {
        numRuns: Math.ceil(RUNS / 4),
        ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}),
      },
    );
  });
});
