import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { init, jit, matmul, profile, relu, stats, type Tensor, tensor, zeros } from "../index.js";

beforeAll(async () => void (await init()));

const step = jit((x: Tensor, w: Tensor) => relu(matmul(x, w)).sum());
const run = (): Tensor => step(zeros([64, 128]), zeros([128, 32]));

test("each kernel is timed by the GPU, with its bytes, operations and line", async () => {
  await run().item();
  const before = stats().dispatches;
  let dispatches = 0;
  const report = await profile(async () => {
    for (let k = 0; k < 3; k++) run();
    await run().item();
    dispatches = stats().dispatches - before;
  });
  // The ceilings are measured in between, which counts as dispatches, too.
  expect(report.dispatches).toBeLessThanOrEqual(dispatches);
  expect(report.dispatches).toBe(4 * (await countOf()));
  const product = report.kernels.find(({ name }) => name.includes("matmul"))!;
  expect(product.dispatches).toBe(4);
  expect(product.operations).toBeGreaterThanOrEqual(4 * 2 * 64 * 128 * 32);
  expect(product.bytes).toBeGreaterThanOrEqual(4 * 4 * (64 * 128 + 128 * 32));
  expect(product.lines.join()).toMatch(/profile\.test\.ts:9:/);
  for (const kernel of report.kernels) {
    expect(kernel.ms).toBeGreaterThan(0);
    expect(kernel.gflops).toBeCloseTo(kernel.operations / kernel.ms! / 1e6, 6);
    expect(kernel.roofline).toBeGreaterThan(0);
  }
  expect(report.gpuMs).toBeCloseTo(report.kernels.reduce((sum, { ms }) => sum + ms!, 0), 6); // prettier-ignore
  expect(report.wallMs).toBeGreaterThan(report.gpuMs!);
  const lines = String(report).split("\n");
  expect(lines[0]).toMatch(/SwiftShader|llvmpipe/);
  expect(lines[1]).toMatch(/^roof: [\d.]+ GB\/s, [\d.]+ GFLOP\/s$/);
  expect(lines[3]).toMatch(/^kernel +runs +ms +share +MB +GB\/s +GFLOP\/s +roofline +lines$/);
  expect(lines).toHaveLength(4 + report.kernels.length);
});

/** Dispatches of one run. */
async function countOf(): Promise<number> {
  const before = stats().dispatches;
  await run().item();
  return stats().dispatches - before;
}

test("results are those without a profile, and afterwards calls share a pass again", async () => {
  const f = jit((x: Tensor) => x.mul(2).sum());
  let value = 0;
  await profile(async () => void (value = await f(tensor([1, 2, 3])).item()));
  expect(value).toBe(12);
  expect(await f(tensor([1, 2, 3])).item()).toBe(12);
  expect((await profile(() => undefined)).dispatches).toBe(0);
});

test("the trace places kernels in their calls, in microseconds, in a file that Perfetto reads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weft-profile-"));
  const report = await profile(() => run());
  const text = await report.trace(join(folder, "trace.json"));
  expect(await readFile(join(folder, "trace.json"), "utf8")).toBe(text);
  await rm(folder, { recursive: true });
  const { traceEvents } = JSON.parse(text) as { traceEvents: TraceEvent[] };
  const spans = traceEvents.filter(({ ph }) => ph === "X");
  const calls = spans.filter(({ tid }) => tid === 1);
  const kernels = spans.filter(({ tid }) => tid === 2);
  expect(kernels).toHaveLength(report.dispatches);
  for (const { ts, dur } of kernels) {
    expect(calls.some((call) => call.ts <= ts && ts + dur <= call.ts + call.dur + 1e-3)).toBe(true);
  }
  expect(Math.min(...spans.map(({ ts }) => ts))).toBe(0);
});

interface TraceEvent {
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
}

test("what the body throws comes through, and the next profile works", async () => {
  await expect(profile(() => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  expect((await profile(() => run())).dispatches).toBeGreaterThan(0);
});

test("one profile at a time: another meanwhile is W4054", async () => {
  const first = profile(() => run());
  await expect(profile(() => run())).rejects.toMatchObject({ code: "W4054" });
  await first;
});
