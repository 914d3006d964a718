import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { create } from "webgpu";
import { parseCallSpec } from "../../commands/argument-spec.js";
import { compiler } from "../../hosts/compiler.js";
import * as weft from "../../index.js";
import * as staging from "../../staging.js";
import { transformSource } from "../../transform.js";
import { type PrecompiledFile, precompileModule } from "../precompile-module.js";

// oxlint-disable-next-line typescript/no-explicit-any -- a module of the test's own, known to nobody else
export type Exports = Record<string, any>;

export interface Loaded {
  /** What `load()` gave. */
  readonly functions: Exports;
  readonly file: PrecompiledFile;
}

/** What precompiled modules carry with them is what the build makes of it; where nothing changed this takes no time. */
export function buildOnce(): void {
  const script = fileURLToPath(new URL("../../../../../scripts/build.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** Runs a TypeScript module as `node --import weftjs/register` would. It may import from `weftjs`. */
export function runModule(source: string): Exports {
  const code = transformSource(source, "model.ts", { force: true })?.code ?? source;
  const target = compiler.ScriptTarget.ES2023;
  const module = compiler.ModuleKind.CommonJS;
  const { outputText } = compiler.transpileModule(code, { compilerOptions: { module, target } });
  const exports: Exports = {};
  // The text is a test's own.
  new Function("exports", "require", outputText)(exports, (name: string) =>
    name === "weftjs/staging" ? staging : weft,
  );
  return exports;
}

/** Compiles functions of a module, as the command does. */
export function precompileCalls(
  exports: Exports,
  calls: readonly string[],
  options: Parameters<typeof precompileModule>[1] = {},
): Promise<PrecompiledFile> {
  const requests = calls.map((text) => {
    const { path, forms } = parseCallSpec(text);
    return { name: path, f: exports[path] as weft.AnyFunction, forms, text: text.slice(path.length + 1, -1) };
  });
  return precompileModule(requests, options);
}

/** Imports a module's text as Node does, and loads it. */
export async function loadText(code: string, options: object = { gpu: testGpu() }): Promise<Exports> {
  const folder = await mkdtemp(join(tmpdir(), "weft-precompiled-"));
  try {
    const file = join(folder, "model.mjs");
    await writeFile(file, code);
    const { load } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Exports;
    return (await load(options)) as Exports;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compiled, and loaded on the adapter of the tests. */
export async function loadCalls(
  exports: Exports,
  calls: readonly string[],
  options: Parameters<typeof precompileModule>[1] = {},
): Promise<Loaded> {
  const file = await precompileCalls(exports, calls, options);
  return { file, functions: await loadText(file.code) };
}

const HELD = Symbol.for("weft.precompiled.test");
const shared = globalThis as { [HELD]?: GPU };

/** The GPU that a program in Node would give to `load`. Dawn crashes when it is collected. */
export function testGpu(): GPU {
  return (shared[HELD] ??= create([]));
}
