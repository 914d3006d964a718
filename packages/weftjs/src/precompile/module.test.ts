import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { sourceOf } from "./module-source.js";
import { buildOnce, loadText, precompileCalls, runModule, testGpu } from "./testing/load-precompiled.js";

beforeAll(buildOnce, 180_000);

const MODELS = new URL("../../../examples/src/models/", import.meta.url);
const LAYERS = "[{w: f32[784,64], b: f32[64]}, {w: f32[64,10], b: f32[10]}]";

/** Bytes that the issue grants the multilayer perceptron, shaders left out. */
const LIMIT = 30_000;

test("the multilayer perceptron's training step and prediction are small", async () => {
  // The model's own functions, from its file: the rest of it needs the file's neighbours.
  const text = await readFile(new URL("mnist-mlp.ts", MODELS), "utf8");
  const own = text.slice(
    text.indexOf("/** x: [batch, 784] → logits"),
    text.indexOf("export async function train"),
  );
  const exports = runModule(
    `import { crossEntropy, tree, valueAndGrad, type Tensor } from "weftjs";\n${own}`,
  );
  const { sizes, calls } = await precompileCalls(exports, [
    `update(${LAYERS}, f32[100,784], i32[100], number)`,
    `predict(${LAYERS}, f32[100,784])`,
  ]);
  expect(calls.map(({ signature }) => signature.program!.dispatches.length)).toEqual([8, 2]);
  expect(sizes.withoutShadersZipped).toBeLessThan(LIMIT);
  // A growth of the runtime is to be noticed long before the limit.
  expect(sizes.withoutShadersZipped).toBeLessThan(18_500);
});

test("what a module carries has no compiler, no tracer, no search for adapters and no profiler in it", async () => {
  const runtime = fileURLToPath(new URL("../../../runtime/", import.meta.url));
  const { metafile } = await build({
    entryPoints: [`${runtime}src/precompiled/index.ts`],
    bundle: true,
    write: false,
    metafile: true,
    conditions: ["weft-source"],
    absWorkingDir: fileURLToPath(new URL("../../../../", import.meta.url)),
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.keys(output!.inputs).filter((file) => output!.inputs[file]!.bytesInOutput > 0);
  const ir = files.filter((file) => file.startsWith("packages/ir/"));
  expect(ir.sort()).toEqual(
    ["device-switches", "elements", "errors", "location", "types"].map(
      (name) => `packages/ir/src/${name}.ts`,
    ),
  );
  const others = files.filter((file) => !file.startsWith("packages/ir/"));
  expect(others.filter((file) => !file.startsWith("packages/runtime/src/"))).toEqual([]);
  expect(others.filter((file) => /node\/|find-adapter|profiler|ceilings|\/runtime\.ts/.test(file))).toEqual(
    [],
  );
});

test("the file of a module imports nothing, and tells nothing of the user's source", async () => {
  const exports = runModule(`import { jit } from "weftjs";\nexport const secretName = jit((x) => x.mul(2));`);
  const { code, types } = await precompileCalls(exports, ["secretName(f32[2])"]);
  expect(code).not.toMatch(/\bimport\b/);
  expect(code).not.toContain("model.ts");
  expect(types).not.toContain("weftjs");
});

test("equal kernels of several functions are in the module once", async () => {
  const exports = runModule(`import { jit } from "weftjs";
export const f = jit((x) => x.mul(2).sin());
export const g = jit((y) => y.mul(2).sin());`);
  const { sizes, code } = await precompileCalls(exports, ["f(f32[64])", "g(f32[64])"]);
  expect(sizes.kernels).toBe(1);
  expect(code.match(/@compute/g)).toHaveLength(1);
});

test("data is written so that JavaScript reads the same, and no script ends early", () => {
  const value = {
    a: [1, -0, NaN, -Infinity, null, undefined, true],
    "b c": "</script><!-- \u2028 'x' \"y\" `z` \\ ${1}",
    ["__proto__"]: { deep: 1 },
  };
  const text = sourceOf(
    Object.defineProperty({ ...value }, "__proto__", { value: { deep: 1 }, enumerable: true }),
  );
  const read = new Function(`return (${text})`)() as typeof value;
  expect(read.a).toEqual(value.a);
  expect(Object.is(read.a[1], -0)).toBe(true);
  expect(read["b c"]).toBe(value["b c"]);
  expect(Object.hasOwn(read, "__proto__")).toBe(true);
  expect(text).not.toMatch(/<[/!]|\u2028/);
});

const SMALL = `import { jit } from "weftjs";\nexport const f = jit((x) => x.mul(2));`;

test("a device of the caller's is used, and stays open", async () => {
  const adapter = (await testGpu().requestAdapter())!;
  const device = await adapter.requestDevice();
  const { code } = await precompileCalls(runModule(SMALL), ["f(f32[2])"]);
  const functions = await loadText(code, { device });
  expect(await functions.f([1, 2]).toArray()).toEqual([2, 4]);
  functions.device.destroy();
  const buffer = device.createBuffer({ size: 4, usage: 8 });
  expect(buffer.size).toBe(4);
  await device.queue.onSubmittedWorkDone();
  device.destroy();
});

test("a device with less than the functions need is W4070, with what is missing", async () => {
  const { code, needs } = await precompileCalls(runModule(SMALL), ["f(f32[1024])"]);
  expect(needs.limits).toMatchObject({ maxStorageBuffersPerShaderStage: 2, maxBufferSize: 4096 });
  const device = {
    limits: { ...allOf(needs.limits, 2 ** 30), maxStorageBuffersPerShaderStage: 1, maxBufferSize: 4000 },
    features: new Set(),
  };
  await expect(loadText(code, { device })).rejects.toThrowErrorMatchingInlineSnapshot(`
    [WeftError: error[W4070]: the device has less than these precompiled functions need
       = note: needs maxStorageBuffersPerShaderStage 2, got 1
       = note: needs maxBufferSize 4096, got 4000
       = hint: request the device with these limits and features, or leave \`device\` out: load() asks for all that the adapter has]
  `);
});

test("functions on float16 need a device that has it", async () => {
  const exports = runModule(`import { jit } from "weftjs";\nexport const f = jit((x) => x.mul(2));`);
  const { code, needs } = await precompileCalls(exports, ["f(f16[4])"]);
  expect(needs.features).toEqual(["shader-f16"]);
  const adapter = (await testGpu().requestAdapter())!;
  if (!adapter.features.has("shader-f16"))
    await expect(loadText(code)).rejects.toMatchObject({ code: "W4070" });
  else expect(await (await loadText(code)).f([1, 2, 3, 4]).toArray()).toEqual([2, 4, 6, 8]);
});

test("no adapter is W4001", async () => {
  const { code } = await precompileCalls(runModule(SMALL), ["f(f32[2])"]);
  await expect(loadText(code, { gpu: { requestAdapter: async () => null } })).rejects.toMatchObject({
    code: "W4001",
  });
});

function allOf(limits: Readonly<Record<string, number>>, value: number): Record<string, number> {
  return Object.fromEntries(Object.keys(limits).map((name) => [name, value]));
}
