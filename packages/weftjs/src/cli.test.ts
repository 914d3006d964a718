import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
let folder: string | undefined;

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function node(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const COMMAND = "packages/weftjs/bin/weft.js";

const weft = (...args: string[]): Promise<Outcome> => node([COMMAND, ...args]);

beforeAll(async () => {
  // The command is what the build makes of it; where nothing changed this takes no time.
  const { code, out, err } = await node(["scripts/build.mjs"]);
  expect(code, out + err).toBe(0);
  // Inside the repository, so that a module there finds `weftjs` as a user's does.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  folder = await mkdtemp(join(root, "node_modules/.cache/weft-cli-"));
}, 120_000);

afterAll(() => folder && rm(folder, { recursive: true }));

test("--help lists every command, with one line each", async () => {
  const { code, out } = await weft("--help");
  expect(code).toBe(0);
  for (const name of ["demo", "train", "bench", "inspect", "doctor"]) {
    expect(out).toMatch(new RegExp(`^  ${name} .*\\w{3}`, "m"));
  }
});

test("--version is the package's", async () => {
  const manifest = await readFile(join(root, "packages/weftjs/package.json"), "utf8");
  expect((await weft("--version")).out.trim()).toBe((JSON.parse(manifest) as { version: string }).version);
});

test.each([
  ["train", ["lenet", "charlm", "vae", "--epochs", "--batch", "--lr", "--seed", "--eager", "--save"]],
  ["bench", ["--models", "--replay", "--json"]],
  ["build", ["--out", "--precompile", "--target", "--trust"]],
  ["inspect", ["--fn", "--args", "--trace", "--optimized", "--kernels", "--wgsl", "--memory", "--html"]],
])("%s --help tells its options", async (name, options) => {
  const { code, out } = await weft(name, "--help");
  expect(code).toBe(0);
  for (const option of options) expect(out).toContain(option);
});

test.each([
  ["an unknown command", ["fly"], "unknown command 'fly'"],
  ["an unknown model", ["train", "lenet9"], "unknown command 'lenet9'"],
  ["a count that is none", ["train", "mlp", "--epochs", "0"], "whole number above 0"],
  ["an unknown benchmark", ["bench", "--models", "mpl"], '"mpl" is none of housing'],
])("%s is bad usage: said in words, exit code 2", async (_, args, message) => {
  const { code, out, err } = await weft(...args);
  expect(err).toContain(message);
  expect(out).toBe("");
  expect(code).toBe(2);
});

test("doctor names the device, its limits and Node, and ends with 0 where there is an adapter", async () => {
  const { code, out, err } = await weft("doctor");
  expect(code, err).toBe(0);
  for (const part of ["Node", process.version, "adapter", "limits"]) expect(out).toContain(part);
});

test("doctor ends with 1 and says why where there is no device", async () => {
  const { code, out } = await node([COMMAND, "doctor"], { WEFT_ADAPTER: "no-such-adapter" });
  expect(out).toContain("error[W4003]");
  expect(out).toContain(process.version);
  expect(code).toBe(1);
});

test("bench --json gives figures of both sides and nothing else", async () => {
  const { code, out, err } = await weft("bench", "--models", "housing", "--rounds", "1", "--json");
  expect(code, err).toBe(0);
  const [housing] = JSON.parse(out) as [{ fused: { dispatches: number }; eager: { dispatches: number } }];
  expect(housing.fused.dispatches).toBeLessThan(housing.eager.dispatches);
});

test("train tells the course of the loss and ends by itself", async () => {
  const { code, out, err } = await weft("train", "housing", "--epochs", "2");
  expect(code, err).toBe(0);
  expect(out).toContain("step   0  loss 592.14");
  expect(out).toContain("step   2  loss 242.14");
});

test("an error of Weft's own is shown without a stack, with one under WEFT_DEBUG", async () => {
  const args = [COMMAND, "inspect", "no-such-file.js"];
  const { code, err } = await node(args);
  expect(code).toBe(1);
  expect(err).toContain("error[W5010]");
  expect(err).not.toMatch(/^ +at /m);
  expect((await node(args, { WEFT_DEBUG: "trace" })).err).toMatch(/^ +at /m);
});

test("inspect shows the sections that are asked for, with the user's lines", async () => {
  const file = join(folder!, "model.mjs");
  await writeFile(
    file,
    'import { mean, mul } from "weftjs";\n\nexport const f = (x) =>\n  mean(mul(x, 3));\n',
  );
  const { code, out, err } = await weft("inspect", file, "--fn", "f", "--args", "f32[4,8]", "--trace");
  expect(code, err).toBe(0);
  expect(out).toContain("f32[4,8]");
  expect(out).toContain("model.mjs:4:");
  expect(out).not.toContain("@compute");
  expect((await weft("inspect", file, "--fn", "g")).err).toContain("it exports f");
});

describe("build --precompile", () => {
  const MODEL = `import { jit, matmul, type Tensor } from "weftjs/math";
const scale = 2;
export const step = jit((p: { w: Tensor; b: Tensor }, x: Tensor, rate: number) => {
  const y = matmul(x, p.w) + p.b;
  return { w: p.w - rate * y.sum(), y: y * scale };
});
export const noisy = jit((x: Tensor) => x * Math.random());
export const device = (x: Tensor) => x;
export const other = { step };
`;
  let project: string;
  let model: string;
  beforeAll(async () => {
    // TypeScript below node_modules is not compiled, so this stands elsewhere, with Weft installed.
    project = await mkdtemp(join(tmpdir(), "weft-precompile-"));
    await mkdir(join(project, "node_modules"));
    await symlink(join(root, "packages/weftjs"), join(project, "node_modules/weftjs"), "junction");
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    await writeFile((model = join(project, "precompiled.ts")), MODEL);
  });
  afterAll(() => rm(project, { recursive: true }));

  test("writes one module and its declarations, and says what is in it", async () => {
    const out = join(project, "out");
    const call = "step({w: f32[3,2], b: f32[2]}, f32[4,3], number)";
    const { code, out: said, err } = await weft("build", model, "--precompile", call, "--out", out);
    expect(code, err).toBe(0);
    expect(said).toMatch(/^step\(\{w: f32\[3,2\], b: f32\[2\]\}, f32\[4,3\], number\)\n {2}\d+ dispatch/);
    expect(said).toContain("embeds values that it captures: scale = 2");
    expect(said).toMatch(
      /precompiled\.js\n {2}[\d.]+ kB, gzipped [\d.]+ kB, of which [\d.]+ kB without WGSL\n/,
    );
    expect(said).toMatch(/needs \d storage buffers in a shader/);
    expect(await readFile(join(out, "precompiled.js"), "utf8")).toContain("export const load");
    await writeFile(join(out, "page.ts"), PAGE);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const check = await node([
      tsc,
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--typeRoots",
      out,
      "--target",
      "es2022",
      "--lib",
      "es2023,dom",
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
      join(out, "page.ts"),
    ]);
    expect(check.out).toMatch(/^[^\n]*page\.ts\(9,\d+\): error TS2345: [^\n]*\n(?: [^\n]*\n)*$/);
  }, 60_000);

  /** What a page may write, and, in its last call, what it may not. */
  const PAGE = `import { load, type Tensor } from "./precompiled.js";
const { step, device } = await load({ powerPreference: "low-power" });
let w: Tensor = device.tensor(new Float32Array(6), [3, 2]);
for (let k = 0; k < 3; k++) {
  const made = step({ w, b: [1, 2] }, new Float32Array(12), 0.1);
  w = made.w;
  console.log(await made.y.data(), made.y.shape);
}
step({ w }, [1], 0.1);
`;

  test.each([
    ["a function that is not proven", ["--precompile", "noisy(f32[2])"], "error[W1070]"],
    ["a function that is not there", ["--precompile", "stp(f32[2])"], "error[W5011]"],
    ["a call that makes no sense", ["--precompile", "step f32[2]"], "error[W5012]"],
    ["the name of the module's own", ["--precompile", "device(f32[2])"], "error[W5017]"],
    [
      "one name twice",
      ["--precompile", "step(f32[2])", "--precompile", "other.step(f32[2])"],
      "error[W5017]",
    ],
    ["two files", ["x.ts", "--precompile", "step(f32[2])"], "error[W5016]"],
  ])("%s is refused", async (_, args, message) => {
    const { code, err } = await weft("build", model, ...args, "--out", join(project, "none"));
    expect(err).toContain(message);
    expect(code).toBe(1);
  });
});
