import type { Program } from "@weftjs/ir/core";
import { afterEach, expect, test, vi } from "vitest";
import type { Runtime } from "./runtime.js";
import type { Storage } from "./storage.js";
import { addProgram, affineProgram, call, pointwise, readFloats, testRuntime } from "./testing/programs.js";

const runtimes: Runtime[] = [];
afterEach(() => runtimes.splice(0).forEach((runtime) => runtime.destroy()));

async function start(): Promise<{ runtime: Runtime; x: Storage }> {
  const runtime = testRuntime();
  runtimes.push(runtime);
  await runtime.ready();
  return { runtime, x: runtime.upload(new Float32Array([1, 2])) };
}

test("a shader that does not compile fails its call and what depends on it, and nothing else", async () => {
  const { runtime, x } = await start();
  const codes: string[] = [];
  const bad = pointwise("bad", 2, 1, "a[i] +* 2.0");
  const [y] = call(runtime, bad, [x], { onError: (error) => codes.push(error.code) });
  const [z] = call(runtime, addProgram(2), [x, y!], { onError: (error) => codes.push(error.code) });
  const [fine] = call(runtime, affineProgram(2, 2, 0), [x]);
  const error = await runtime.read(z!).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "W4030", class: "device", location: { file: "model.ts", line: 3 } });
  expect(String(error)).toContain("kernel bad");
  expect(String(error)).toMatch(/note: .*WGSL/);
  expect(codes).toEqual(["W4030"]);
  expect(await readFloats(runtime, fine!)).toEqual([2, 4]);
  await expect(runtime.sync()).rejects.toMatchObject({ code: "W4030" });
  await expect(runtime.sync()).resolves.toBeUndefined();
});

test("a workgroup larger than the device allows is a typed error", async () => {
  const { runtime, x } = await start();
  const program = pointwise("wide", 2, 1, "a[i]");
  const wgsl = program.kernels[0]!.wgsl.replace("workgroup_size(64)", "workgroup_size(4096)");
  const wide: Program = { ...program, kernels: [{ ...program.kernels[0]!, wgsl }] };
  await expect(runtime.read(call(runtime, wide, [x])[0]!)).rejects.toMatchObject({ code: "W4030" });
});

test("a program that throws when it is asked for fails its call", async () => {
  const { runtime, x } = await start();
  const output = runtime.allocate(8);
  const program = (): Program => {
    throw new Error("no such template");
  };
  runtime.enqueue({ name: "broken", program, inputs: [x], scalars: [], outputs: [output] });
  await expect(runtime.read(output)).rejects.toThrow("no such template");
});

test.each<[string, (program: Program) => Program, string]>([
  [
    "too many workgroups",
    (p) => ({ ...p, dispatches: [{ ...p.dispatches[0]!, workgroups: [65536, 1, 1] }] }),
    "W4031",
  ],
  [
    "a buffer above the limit",
    (p) => ({ ...p, slots: [p.slots[0]!, { kind: "output", bytes: 2 ** 42 }] }),
    "W4021",
  ],
  ["an input as a target", (p) => ({ ...p, dispatches: [{ ...p.dispatches[0]!, slots: [1, 0] }] }), "W4031"],
  [
    "a slot read and written",
    (p) => ({ ...p, dispatches: [{ ...p.dispatches[0]!, slots: [1, 1] }] }),
    "W4031",
  ],
  [
    "too many bindings",
    (p) => ({ ...p, kernels: [{ ...p.kernels[0]!, bindings: Array<"read">(99).fill("read") }] }),
    "W4031",
  ],
  ["a missing scalar", (p) => ({ ...p, scalars: ["float32"] }), "W4041"],
  ["a larger input", (p) => ({ ...p, inputs: [{ dtype: "float32", shape: [1000] }] }), "W4041"],
])("%s is refused before the GPU sees it", async (_, change, code) => {
  const { runtime, x } = await start();
  const [y] = call(runtime, change(affineProgram(2, 1, 0)), [x]);
  await expect(runtime.read(y!)).rejects.toMatchObject({ code });
  expect(runtime.stats().dispatches).toBe(0);
});

test("allocate and upload refuse what no buffer can hold", async () => {
  const { runtime } = await start();
  expect(() => runtime.allocate(2 ** 42)).toThrow(expect.objectContaining({ code: "W4021" }));
});

test("released storages are refused, and finish what was queued before", async () => {
  const { runtime, x } = await start();
  const [y] = call(runtime, affineProgram(2, 3, 0), [x]);
  x.release();
  expect(() => call(runtime, addProgram(2), [x, x])).toThrow(expect.objectContaining({ code: "W4040" }));
  expect(() => x.retain()).toThrow(expect.objectContaining({ code: "W4040" }));
  await expect(runtime.read(x)).rejects.toMatchObject({ code: "W4040" });
  expect(await readFloats(runtime, y!)).toEqual([3, 6]);
});

test("a read of what nothing writes rejects", async () => {
  const { runtime } = await start();
  await expect(runtime.read(runtime.allocate(4))).rejects.toMatchObject({ code: "W4042" });
});

test("a validation error that comes too late to stop anything reaches the reads of its submit", async () => {
  const { runtime, x } = await start();
  const program = pointwise("short", 2, 1, "a[i] + b[5]");
  // The shader wants a third buffer that the layout does not promise to be large enough.
  const wgsl = program.kernels[0]!.wgsl.replace("array<f32>;", "array<f32, 64>;").replace("+ b[5]", "");
  const [y] = call(runtime, { ...program, kernels: [{ ...program.kernels[0]!, wgsl }] }, [x]);
  await expect(runtime.read(y!)).rejects.toMatchObject({ code: "W4032" });
  await expect(runtime.read(y!)).rejects.toMatchObject({ code: "W4032" });
  await expect(runtime.sync()).rejects.toMatchObject({ code: "W4032" });
});

test("destroy rejects what is pending and refuses what comes later", async () => {
  const { runtime, x } = await start();
  const pending = [runtime.read(x), runtime.sync(), runtime.read(call(runtime, addProgram(2), [x, x])[0]!)];
  runtime.destroy();
  for (const answer of pending) await expect(answer).rejects.toMatchObject({ code: "W4011" });
  expect(() => runtime.upload(new Float32Array(1))).toThrow(expect.objectContaining({ code: "W4011" }));
  await expect(runtime.ready()).rejects.toMatchObject({ code: "W4011" });
});

test("destroy while the device is being opened", async () => {
  const runtime = testRuntime();
  const pending = runtime.read(runtime.upload(new Float32Array(1)));
  runtime.destroy();
  await expect(pending).rejects.toMatchObject({ code: "W4011" });
});

/** A device that the test holds too, so that it can do harm. */
async function startOnOwnDevice(): Promise<{ runtime: Runtime; device: GPUDevice }> {
  await start(); // Chooses the driver for this process.
  const { create } = await import("webgpu");
  const gpu = create([]);
  Object.assign(globalThis, { [Symbol("kept for ever")]: gpu });
  const adapter = await gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const runtime = testRuntime({ device });
  runtimes.push(runtime);
  await runtime.ready();
  return { runtime, device };
}

test("a lost device rejects pending reads and refuses new work, with its reason", async () => {
  const { runtime, device } = await startOnOwnDevice();
  const x = runtime.upload(new Float32Array([5]));
  expect(await readFloats(runtime, x)).toEqual([5]);
  expect(runtime.info).toMatchObject({ foundAs: "given" });

  const pending = [runtime.read(x), runtime.sync()];
  await Promise.resolve();
  device.destroy();
  for (const answer of pending) await expect(answer).rejects.toMatchObject({ code: "W4010" });
  expect(() => call(runtime, addProgram(1), [x, x])).toThrow(expect.objectContaining({ code: "W4010" }));
  await expect(runtime.read(x)).rejects.toMatchObject({ code: "W4010" });
});

test("an error that the device reports outside of any check rejects the next read, once", async () => {
  const { runtime, device } = await startOnOwnDevice();
  const x = runtime.upload(new Float32Array([5]));
  await runtime.sync();
  device.createBuffer({ size: 4, usage: 2 ** 20 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(runtime.read(x)).rejects.toMatchObject({ code: "W4032", class: "bug" });
  expect(await readFloats(runtime, x)).toEqual([5]);
});

test("a GPU that does not answer is W4013 instead of silence, naming what it was at", async () => {
  const { runtime, device } = await startOnOwnDevice();
  const x = runtime.upload(new Float32Array([5]));
  await runtime.sync();
  const createBuffer = device.createBuffer.bind(device);
  // As with a driver that hangs: the content never comes.
  device.createBuffer = (wanted) =>
    Object.assign(createBuffer(wanted), { mapAsync: () => new Promise<undefined>(() => undefined) });
  vi.stubEnv("WEFT_WATCHDOG_S", "0.05");
  const [y] = call(runtime, affineProgram(1, 2, 0), [x]);
  const error = await runtime.read(y!).catch((thrown: unknown) => thrown);
  vi.unstubAllEnvs();
  expect(error).toMatchObject({ code: "W4013", class: "device" });
  expect(String(error)).toContain("the GPU has not answered for 0.05 s");
});
