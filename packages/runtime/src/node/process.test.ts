import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

// In the package's own node_modules, so that its dependencies are found from there.
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = join(packageRoot, "node_modules/.weft-process-test");

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await build({
    configFile: false,
    logLevel: "error",
    root: packageRoot,
    resolve: { conditions: ["weft-source"] },
    ssr: { noExternal: ["@weftjs/ir"], resolve: { conditions: ["weft-source"] } },
    build: { ssr: join(packageRoot, "src/index.ts"), outDir: folder, emptyOutDir: true, minify: false },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

function start(script: string, environment: Record<string, string> = {}): Promise<Ending> {
  const file = join(mkdtempSync(join(folder, "run-")), "script.mjs");
  writeFileSync(file, `import { Runtime } from "../index.js";\n${SHADER}\n${script}`);
  const { VK_DRIVER_FILES: _, ...inherited } = process.env;
  const env: NodeJS.ProcessEnv = { ...inherited, WEFT_ADAPTER: "swiftshader", ...environment };
  const child = spawn(process.execPath, [file], { env, timeout: 30_000 });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

const SHADER = `
  const type = { dtype: "float32", shape: [4] };
  const wgsl = \`@group(0) @binding(0) var<storage, read> a: array<f32>;
    @group(0) @binding(1) var<storage, read_write> b: array<f32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { b[i] = a[i] + 1; }\`;
  const program = { name: "next", inputs: [type], scalars: [], outputs: [{ type, slot: 1 }], peakBytes: 32,
    slots: [{ kind: "input", input: 0 }, { kind: "output", bytes: 16 }],
    kernels: [{ name: "next", wgsl, bindings: ["read", "read_write"], locations: [] }],
    loops: [],
    dispatches: [{ kernel: 0, slots: [0, 1], workgroups: [1, 1, 1] }] };
  const runtime = new Runtime();
  let x = runtime.upload(new Float32Array([1, 2, 3, 4]));
  function step() {
    const y = runtime.allocate(16);
    runtime.enqueue({ name: "next", program: () => program, inputs: [x], scalars: [], outputs: [y] });
    x = y;
  }
  const print = async () => console.log(new Float32Array(await runtime.read(x)).join());`;

const NOTICE = /^weft: no GPU found, using SwiftShader[^\n]*\n$/;

test("a script that reads its result ends by itself, having said one line", async () => {
  const ending = await start("step(); await print(); step(); await print();");
  expect(ending).toMatchObject({ code: 0, signal: null, out: "2,3,4,5\n3,4,5,6\n" });
  expect(ending.err).toMatch(NOTICE);
});

test("what was awaited is not cut off, and several runtimes say their line once", async () => {
  const ending = await start(`
    const other = new Runtime();
    const later = async () => {
      for (let i = 0; i < 50; i++) { step(); await runtime.read(x); }
      await other.ready();
      console.log("done");
    };
    void later();`);
  expect(ending).toMatchObject({ code: 0, out: "done\n" });
  expect(ending.err).toMatch(NOTICE);
});

test.each([
  ["nothing was awaited", "for (let i = 0; i < 300; i++) step();"],
  ["the device was never asked for", ""],
  ["a read was not awaited", "await runtime.ready(); step(); void runtime.read(x);"],
  ["destroy comes last", "step(); await print(); runtime.destroy();"],
  [
    "destroy comes in the middle of a read",
    "await runtime.ready(); runtime.read(x).catch(() => 0); runtime.destroy();",
  ],
  [
    "the script exits with work on its way",
    "await runtime.ready(); step(); void runtime.read(x); process.exit(0);",
  ],
  ["garbage is collected before the end", "step(); await print(); globalThis.gc?.(); step(); await print();"],
])("the process ends well where %s", async (_, script) => {
  const ending = await start(script, { WEFT_QUIET: "1" });
  expect(ending).toMatchObject({ code: 0, signal: null, err: "" });
});

// A worker ends itself: `terminate()` stops Dawn's callbacks half-way, which aborts the whole process.
test.each([
  ["ends in the middle of its steps", "runtime.destroy(); process.exit(0);"],
  ["leaves with work on its way", "process.exit(0);"],
])("a worker that %s takes nothing else with it", async (_, end) => {
  const ending = await start(
    `
    import { isMainThread, Worker } from "node:worker_threads";
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url));
      await new Promise((resolve) => worker.once("exit", resolve));
      step();
      await print();
    } else {
      for (let i = 0; i < 100; i++) {
        step();
        if (i % 10 === 0) await runtime.read(x);
      }
      void runtime.read(x);
      ${end}
    }`,
    { WEFT_QUIET: "1" },
  );
  expect(ending).toMatchObject({ code: 0, signal: null, out: "2,3,4,5\n", err: "" });
});

test("several processes may unpack the driver at the same time", async () => {
  const cache = mkdtempSync(join(folder, "cache-"));
  const endings = await Promise.all(
    [1, 2, 3].map(() => start("step(); await print();", { XDG_CACHE_HOME: cache })),
  );
  for (const ending of endings) expect(ending).toMatchObject({ code: 0, out: "2,3,4,5\n" });
  expect(readdirSync(join(cache, "weft"))).toHaveLength(1);
});

test("where there is neither driver nor room for one, a typed error says what was tried", async () => {
  const nowhere = join(folder, "a-file");
  writeFileSync(nowhere, "");
  const ending = await start("runtime.ready().catch((e) => console.log(e.message));", {
    WEFT_ADAPTER: "",
    VK_DRIVER_FILES: join(nowhere, "driver.json"),
    XDG_CACHE_HOME: nowhere,
    TMPDIR: nowhere,
  });
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(ending.out).toMatch(/^error\[W4001\]: no WebGPU adapter was found\n/);
  expect(ending.out).toMatch(/note: tried (VK_DRIVER_FILES=|the system's drivers: )/);
  expect(ending.out).toContain("note: tried the embedded SwiftShader: error[W4004]");
  expect(ending.out).toContain("hint: in Node: install a Vulkan driver");
});

test("an adapter that is not there is a typed error that names it", async () => {
  const ending = await start("runtime.ready().catch((e) => console.log(e.code, e.message));", {
    WEFT_ADAPTER: "Voodoo 2",
  });
  expect(ending.code).toBe(0);
  expect(ending.out).toMatch(/^W4003 .*Voodoo 2/);
});
