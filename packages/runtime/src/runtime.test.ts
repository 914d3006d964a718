import { afterAll, expect, test } from "vitest";
import type { Storage } from "./storage.js";
import {
  addProgram,
  affineProgram,
  call,
  pointwise,
  readFloats,
  scaleProgram,
  sharingProgram,
  testRuntime,
} from "./testing/programs.js";

const runtime = testRuntime();
afterAll(() => runtime.destroy());

test("ready says what was found, twice the same", async () => {
  const info = await runtime.ready();
  expect(await runtime.ready()).toBe(info);
  expect(info).toMatchObject({ software: true, kind: "software" });
  expect(info.limits["maxStorageBuffersPerShaderStage"]).toBeGreaterThan(8);
  expect(runtime.target).toMatchObject({ kind: "software", maxWorkgroupsPerDimension: 65535 });
});

test("work asked for before the device is known runs in order when it is", async () => {
  const early = testRuntime();
  let x = early.upload(new Float32Array([1, 2, 3]));
  for (let i = 0; i < 5; i++) x = call(early, affineProgram(3, 2, i), [x])[0]!;
  expect(await readFloats(early, x)).toEqual([32 + 26, 64 + 26, 96 + 26]);
  early.destroy();
});

test("calls keep their order while some of their pipelines still compile", async () => {
  let x = runtime.upload(new Float32Array([1]));
  for (let i = 0; i < 20; i++) x = call(runtime, affineProgram(1, 1, i % 2 ? i : 0.5), [x])[0]!;
  expect(await readFloats(runtime, x)).toEqual([1 + 10 * 0.5 + 100]);
});

test("reads between calls give the value of their moment", async () => {
  const program = affineProgram(1, 2, 0);
  let x = runtime.upload(new Float32Array([1]));
  const answers: Promise<number[]>[] = [];
  for (let i = 0; i < 10; i++) {
    answers.push(readFloats(runtime, x));
    x = call(runtime, program, [x])[0]!;
  }
  expect((await Promise.all(answers)).flat()).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
});

test("an array may be changed after upload, queued or not", async () => {
  const early = testRuntime();
  const data = new Float32Array([1, 2]);
  const before = early.upload(data);
  data.fill(7);
  await early.ready();
  const after = early.upload(data);
  data.fill(9);
  expect(await readFloats(early, before)).toEqual([1, 2]);
  expect(await readFloats(early, after)).toEqual([7, 7]);
  early.destroy();
});

test("an upload may have any number of bytes", async () => {
  const storage = runtime.upload(new Uint8Array([1, 2, 3, 4, 5, 6]).subarray(1));
  expect([...new Uint8Array(await runtime.read(storage))]).toEqual([2, 3, 4, 5, 6]);
});

test("outputs may share a buffer with each other and with an input", async () => {
  const x = runtime.upload(new Float32Array([1, 2]));
  const [y, sameAsY, sameAsX] = call(runtime, sharingProgram(2), [x]) as [Storage, Storage, Storage];
  x.release();
  y.release();
  // Were a buffer free too early, this would overwrite it.
  const others = [3, 4, 5].map((v) => call(runtime, affineProgram(2, v, v), [sameAsX])[0]!);
  expect(await readFloats(runtime, sameAsY)).toEqual([4, 6]);
  expect(await readFloats(runtime, sameAsX)).toEqual([1, 2]);
  expect(await readFloats(runtime, others[2]!)).toEqual([10, 15]);
});

test("one input may be passed twice", async () => {
  const x = runtime.upload(new Float32Array([3]));
  const [y] = call(runtime, addProgram(1), [x, x]);
  expect(await readFloats(runtime, y!)).toEqual([6]);
});

test("scalars that change within one submit reach each call as its own", async () => {
  const program = scaleProgram(2);
  const x = runtime.upload(new Float32Array([1, 2]));
  await readFloats(runtime, call(runtime, program, [x], { scalars: [1, 0] })[0]!);
  const before = runtime.stats();
  const results = [-1, 0.5, 3].map((s) => call(runtime, program, [x], { scalars: [s, -s * 2] })[0]!);
  const values = await Promise.all(results.map((y) => readFloats(runtime, y)));
  expect(values).toEqual([
    [1, 0],
    [-0.5, 0],
    [-3, 0],
  ]);
  expect(runtime.stats().submits - before.submits).toBe(1);
  expect(runtime.stats().pipelinesCreated).toBe(before.pipelinesCreated);
});

test("scalars stay right when their arena wraps, and are not written again while they stay the same", async () => {
  const program = scaleProgram(1);
  const other = { ...scaleProgram(1) };
  const x = runtime.upload(new Float32Array([1]));
  const results: Storage[] = [];
  for (let i = 0; i < 700; i++) {
    results.push(call(runtime, program, [x], { scalars: [i, 0] })[0]!);
    if (i % 100 === 0) results.push(call(runtime, other, [x], { scalars: [0.5, 1] })[0]!);
  }
  const values = (await Promise.all(results.map((y) => readFloats(runtime, y)))).flat();
  const expected = Array.from({ length: 700 }, (_, i) => (i % 100 === 0 ? [i, 1.5] : [i])).flat();
  expect(values).toEqual(expected);
  const { writes } = runtime.stats();
  for (let i = 0; i < 5; i++) call(runtime, program, [x], { scalars: [699, 0] });
  await runtime.sync();
  expect(runtime.stats().writes).toBe(writes);
});

test("equal WGSL is compiled once, whichever program holds it", async () => {
  const x = runtime.upload(new Float32Array([1]));
  const program = (): ReturnType<typeof pointwise> => pointwise("once", 1, 1, "a[i] - 5.0");
  await readFloats(runtime, call(runtime, program(), [x])[0]!);
  const { pipelinesCreated } = runtime.stats();
  await readFloats(runtime, call(runtime, program(), [x])[0]!);
  expect(runtime.stats().pipelinesCreated).toBe(pipelinesCreated);
});

test("many calls interleaved with awaits give what they give one by one", async () => {
  const program = addProgram(4);
  const results = await Promise.all(
    Array.from({ length: 12 }, async (_, k) => {
      const one = runtime.upload(new Float32Array(4).fill(k));
      let sum = runtime.upload(new Float32Array(4));
      for (let i = 0; i < 6; i++) {
        sum = call(runtime, program, [sum, one])[0]!;
        if ((i + k) % 3 === 0) await readFloats(runtime, sum);
        if ((i + k) % 4 === 0) await runtime.sync();
      }
      return readFloats(runtime, sum);
    }),
  );
  expect(results).toEqual(Array.from({ length: 12 }, (_, k) => Array<number>(4).fill(6 * k)));
});
