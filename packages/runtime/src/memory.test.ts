import type { Program } from "@weftjs/ir/core";
import { afterEach, expect, test } from "vitest";
import type { Runtime, RuntimeOptions } from "./runtime.js";
import type { RuntimeStats } from "./stats.js";
import type { Storage } from "./storage.js";
import {
  addProgram,
  affineProgram,
  call,
  Handle,
  readFloats,
  scaleProgram,
  sharingProgram,
  testRuntime,
} from "./testing/programs.js";

const MB = 2 ** 20;
const runtimes: Runtime[] = [];
afterEach(() => runtimes.splice(0).forEach((runtime) => runtime.destroy()));

function start(options?: RuntimeOptions): Runtime {
  const runtime = testRuntime(options);
  runtimes.push(runtime);
  return runtime;
}

function created({ buffersCreated, bindGroupsCreated, pipelinesCreated }: RuntimeStats): object {
  return { buffersCreated, bindGroupsCreated, pipelinesCreated };
}

test("a step that releases what it is done with makes nothing new after the second time", async () => {
  const runtime = start();
  const [update, loss] = [addProgram(1000), sharingProgram(1000)];
  const scale = scaleProgram(1000);
  let weights = runtime.upload(new Float32Array(1000));
  const step = async (i: number): Promise<void> => {
    const x = runtime.upload(new Float32Array(1000).fill(i));
    const [scaled] = call(runtime, scale, [x], { scalars: [0.5 ** i, i] });
    const [next] = call(runtime, update, [weights, scaled!]);
    const outputs = call(runtime, loss, [next!]);
    for (const done of [x, scaled!, weights]) done.release();
    weights = next!;
    await readFloats(runtime, outputs[0]!);
    for (const output of outputs) output.release();
  };
  await step(0);
  await step(1);
  const before = runtime.stats();
  for (let i = 2; i < 30; i++) await step(i);
  const after = runtime.stats();
  expect(created(after)).toEqual(created(before));
  expect(after.submits - before.submits).toBe(28);
  expect(after.liveBytes).toBe(4000);
});

test("forty queued steps of 1 MB peak at three buffers although nothing is disposed of", async () => {
  const runtime = start();
  const program = affineProgram(MB / 4, 1, 1);
  const fill = new Float32Array(MB / 4);
  const chain = async (): Promise<number> => {
    let x = new Handle(runtime, runtime.upload(fill));
    for (let i = 0; i < 40; i++) x = new Handle(runtime, call(runtime, program, [x.storage])[0]!);
    return new Float32Array(await runtime.read(x.storage))[5]!;
  };
  expect(await chain()).toBe(40);
  expect(runtime.stats().peakBytes).toBeLessThanOrEqual(3 * MB);
  // Warm as well: the pipelines are there, so nothing but memory makes the queue wait.
  expect(await chain()).toBe(40);
  expect(runtime.stats().peakBytes).toBeLessThanOrEqual(4 * MB);
});

test("10,000 steps in one synchronous loop without dispose stay bounded", async () => {
  const runtime = start();
  await runtime.ready();
  const program = affineProgram(4096, 1, 1);
  let x = new Handle(runtime, runtime.upload(new Float32Array(4096)));
  for (let i = 0; i < 10_000; i++) x = new Handle(runtime, call(runtime, program, [x.storage])[0]!);
  expect((await readFloats(runtime, x.storage))[7]).toBe(10_000);
  // On a busy machine collections may cost so much of the time that bytes alone ask for none: their number does, at 4,096.
  expect(runtime.stats().peakBytes).toBeLessThanOrEqual(4100 * 16_384);
});

test("10,000 awaited steps without dispose stay bounded", async () => {
  const runtime = start({ budgetBytes: 24 * MB });
  const program = affineProgram(4096, 1, 1);
  let x = new Handle(runtime, runtime.upload(new Float32Array(4096)));
  for (let i = 0; i < 10_000; i++) {
    x = new Handle(runtime, call(runtime, program, [x.storage])[0]!);
    if (i % 20 === 0) await runtime.read(x.storage);
    else if (i % 5 === 0) await Promise.resolve();
  }
  expect((await readFloats(runtime, x.storage))[7]).toBe(10_000);
  expect(runtime.stats().peakBytes).toBeLessThanOrEqual(24 * MB);
});

test("a claim gives its reference back at once, and only once", async () => {
  const runtime = start();
  const storage = runtime.upload(new Float32Array(8));
  const owner = new Handle(runtime, storage.retain());
  expect(runtime.stats().liveOwners).toBe(1);
  owner.claim.release();
  owner.claim.release();
  expect(runtime.stats().liveOwners).toBe(0);
  expect(storage.isReleased).toBe(false);
  storage.release();
  expect(runtime.stats().liveBytes).toBe(0);
  await runtime.sync();
});

test("a full budget first frees idle buffers, then fails with the five largest", async () => {
  const runtime = start({ budgetBytes: 10 * MB });
  for (const size of [1, 2, 3]) {
    const idle = runtime.upload(new Float32Array((size * MB) / 4));
    await runtime.read(idle);
    idle.release();
  }
  const kept: Storage[] = [];
  for (let i = 0; i < 2; i++) kept.push(runtime.upload(new Float32Array(MB)));
  expect(await runtime.read(kept[1]!)).toHaveProperty("byteLength", 4 * MB);
  expect(runtime.stats().poolBytes).toBeLessThanOrEqual(10 * MB);

  const failed: string[] = [];
  const [over] = call(runtime, affineProgram(MB, 1, 0), [kept[0]!], { onError: (e) => failed.push(e.code) });
  const error = await runtime.read(over!).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "W4020", class: "device" });
  expect(String(error)).toContain("held: 4 MiB, from an upload");
  expect(failed).toEqual(["W4020"]);
  kept[1]!.release();
  const [fits] = call(runtime, affineProgram(MB, 1, 1), [kept[0]!]);
  expect((await readFloats(runtime, fits!))[0]).toBe(1);
});

test("where the driver has no more memory the call fails with its word, and smaller work goes on", async () => {
  const runtime = start({ budgetBytes: 2 ** 40 });
  const bytes = 2 ** 30; // SwiftShader allows a buffer of 1 GiB, but has no memory for it.
  const program: Program = {
    ...affineProgram(bytes / 4, 1, 0),
    inputs: [],
    slots: [{ kind: "output", bytes }],
    outputs: [{ type: { dtype: "float32", shape: [bytes / 4] }, slot: 0 }],
    dispatches: [],
  };
  const [big] = call(runtime, program, []);
  // Adapters that would have it allow no such binding.
  await expect(runtime.read(big!)).rejects.toMatchObject({
    code: expect.stringMatching(/W402[01]/) as string,
  });
  const x = runtime.upload(new Float32Array([1]));
  expect(await readFloats(runtime, call(runtime, affineProgram(1, 1, 1), [x])[0]!)).toEqual([2]);
});
