import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseGraph, printGraph } from "@weftjs/ir";
import { beforeAll, describe, expect, test } from "vitest";
import {
  eager,
  grad,
  init,
  inspect,
  jit,
  matmul,
  relu,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

type Params = { w: Tensor; b: Tensor };
const loss = (p: Params, x: Tensor): Tensor => relu(matmul(x, p.w).add(p.b)).sum();
const params = (): Params => ({ w: zeros([3, 2]), b: zeros([2]) });

describe("inspect", () => {
  test("shows the recorded graph with names and source lines", async () => {
    const scale = tensor(2);
    const report = await inspect((x: Tensor, p: Params) => x.matmul(p.w).mul(scale), zeros([4, 3]), params());
    const lines = report.trace.replace(/\d+:\d+$/gm, "L:C").replace(/\/\/.*?(\w+\.test\.ts)/g, "// $1");
    expect(lines).toMatchInlineSnapshot(`
      "graph anonymous(%x: f32[4,3], %p.w: f32[3,2], %captured0: f32[]) {
        %0: f32[4,2] = matmul %x, %p.w                        // inspect.test.ts:L:C
        %1: f32[4,2] = broadcastTo %captured0 {shape=[4,2]}   // inspect.test.ts:L:C
        %2: f32[4,2] = multiply %0, %1                        // inspect.test.ts:L:C
        return %2
      }"
    `);
  });

  test("shows every stage of plain functions, jit, grad and jit of grad", async () => {
    for (const f of [loss, jit(loss), grad(loss), jit(grad(loss))]) {
      const report = await inspect<typeof loss | ReturnType<typeof grad<typeof loss>>>(
        f,
        params(),
        zeros([4, 3]),
      );
      expect(report.dispatches).toBeGreaterThan(0);
      expect(report.pipelines).toBeLessThanOrEqual(report.dispatches);
      expect(report.peakBytes).toBeGreaterThan(0);
      expect(report.replayNs).toBeGreaterThan(0);
      expect(report.retraces).toBe(0);
      expect(report.wgsl).toContain("@compute");
      expect(report.kernels.split("\n")).toHaveLength(report.dispatches);
      expect(report.memory).toContain("peak");
      for (const [title] of report.sections) expect(String(report)).toContain(`── ${title}`);
    }
  });

  test("gives IR text that parses back to the same graph", async () => {
    const report = await inspect(jit(grad(loss)), params(), zeros([4, 3]));
    for (const text of [report.trace, report.optimized]) {
      const again = printGraph(parseGraph(text));
      expect(printGraph(parseGraph(again))).toBe(again);
    }
  });

  test("fuses under jit and does not under eager", async () => {
    const f = (x: Tensor): Tensor => x.mul(2).add(1).tanh();
    expect((await inspect(jit(f), zeros([8]))).dispatches).toBe(1);
    expect((await inspect(eager(f), zeros([8]))).dispatches).toBe(3);
  });

  test("donates nothing and adds no trace", async () => {
    const f = jit((x: Tensor) => x.add(1), { donate: 0 });
    const x = tensor([1, 2]);
    await inspect(f, x);
    expect(await f(x).toArray()).toEqual([2, 3]);
    expect(stats(f)).toMatchObject({ traces: 1, calls: 1 });
  });

  test("draws the graph and writes a page", async () => {
    const report = await inspect((x: Tensor) => x.add(1), zeros([2]));
    expect(report.dot()).toMatch(/^digraph weft \{[\s\S]*add[\s\S]*->[\s\S]*\}\n$/);
    const folder = await mkdtemp(join(tmpdir(), "weft-"));
    try {
      await report.html(join(folder, "report.html"));
      const page = await readFile(join(folder, "report.html"), "utf8");
      expect(page).toContain("<!doctype html>");
      expect(page).not.toContain("array<f32>"); // What stands in the shaders is escaped.
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("stats of a plain function are refused", () => {
  expect(() => stats(loss)).toThrow(expect.objectContaining({ code: "W1014" }));
});
