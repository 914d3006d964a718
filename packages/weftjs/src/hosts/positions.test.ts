import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { generatedPositionFor, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Esbuild from "./esbuild.js";
import type * as Rollup from "./rollup.js";

const compiler = createRequire(import.meta.url)("typescript") as typeof ts;
const root = fileURLToPath(new URL("../../../../", import.meta.url));

// Columns move in each of these lines: by operators, by types that go, by text that comes in front of the first.
const MODEL = `import { matmul, zeros, type Tensor } from "weftjs/math";
interface Pair { readonly a: Tensor; readonly b: Tensor }

export function scale(x: Tensor, by: number = 2): Tensor {
  const scaled = x * by + 1; let total = scaled - x; total *= 3;
  if (by > 7) throw new Error(\`at \${by}\`);
  return total / (scaled ** 2);
}
export const product = ({ a, b }: Pair): Tensor => a * 2 - matmul(a, b);
export const sum = ({ a, b }: Pair): Tensor =>
  (a - 1) *
    (a + b);
export const make = (n: number): Tensor => zeros([n, n + 1]);
`;

const MAIN = `import { make, product, scale, sum } from "./model.js";
const said = (f: () => unknown) => {
  try {
    f();
  } catch (error) {
    return error as Error & { location?: { file: string; line: number; column: number } };
  }
  throw new Error("nothing was thrown");
};
const stack = said(() => scale(make(2), 8)).stack!;
const inFunction = said(() => product({ a: make(2), b: make(2) }));
const inOperator = said(() => sum({ a: make(2), b: make(3) }));
console.log(JSON.stringify({ stack, inFunction: [inFunction.message, inFunction.location], inOperator: [inOperator.message, inOperator.location] }));
`;

let folder: string;
let weft: typeof Rollup.weft;

beforeAll(async () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  folder = await realpath(await mkdtemp(join(tmpdir(), "weft-positions-")));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "packages/weftjs"), join(folder, "node_modules/weftjs"), "junction");
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "model.ts"), MODEL);
  await writeFile(join(folder, "main.ts"), MAIN);
  await writeFile(join(folder, "entry.js"), 'export * from "./model.js";\n');
  await writeFile(join(folder, "script.js"), withoutTypes());
  ({ weft } = (await import(built("rollup"))) as typeof Rollup);
}, 180_000);

afterAll(() => rm(folder, { recursive: true }));

/** A host as it is installed, because bundlers load some of its files by path. */
function built(host: string): string {
  return pathToFileURL(join(root, `packages/weftjs/dist/hosts/${host}.js`)).href;
}

/** The model in JavaScript, on the same lines. */
function withoutTypes(): string {
  return MODEL.replace(", type Tensor", "")
    .replace(/^interface.*$/m, "")
    .replaceAll(/: (Tensor|Pair|number)/g, "");
}

function placeOf(text: string, wanted: string): string {
  const before = text.slice(0, text.indexOf(wanted)).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

/** This Node, and others: `WEFT_TEST_NODES` lists their paths, with a colon between two. */
const nodes = [process.execPath, ...(process.env.WEFT_TEST_NODES ?? "").split(":").filter(Boolean)].map(
  (path) => [spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim(), path] as const,
);

function runWith(path: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(path, args, {
    encoding: "utf8",
    env: { ...process.env, WEFT_QUIET: "1" },
  });
  expect(stdout, stderr).not.toBe("");
  return stdout;
}

test.each(nodes)("in Node %s, stacks and errors show the user's line and column", (_version, path) => {
  const stdout = runWith(path, "--import", built("register"), join(folder, "main.ts"));
  const { stack, inFunction, inOperator } = JSON.parse(stdout) as {
    stack: string;
    inFunction: [string, { file: string; line: number; column: number }];
    inOperator: [string, { file: string; line: number; column: number }];
  };
  expect(stack).toContain(`model.ts:${placeOf(MODEL, "new Error(")}`);
  expect(stack).toContain(`main.ts:${placeOf(MAIN, "scale(make(2), 8)")}`);
  const [message, place] = inFunction;
  expect(`${place.line}:${place.column}`).toBe(placeOf(MODEL, "matmul(a, b)"));
  expect(message).toContain(`9 | ${MODEL.split("\n")[8]!}`);
  const [operatorMessage, operatorPlace] = inOperator;
  expect(`${operatorPlace.line}:${operatorPlace.column}`).toBe(placeOf(MODEL, "a + b"));
  expect(operatorMessage).toContain("model.ts:12:6");
});

test.each(nodes)("in Node %s, a debugger stops where the user sets a breakpoint", async (_version, path) => {
  await writeFile(join(folder, "debugged.ts"), DEBUGGED);
  await writeFile(join(folder, "debugger.mjs"), DEBUGGER);
  const stdout = runWith(path, "--import", built("register"), join(folder, "debugged.ts"), import.meta.url);
  expect(JSON.parse(stdout)).toEqual(STOPS);
});

/** Statements of `scale` in the order in which it runs them, where a user sets breakpoints. */
const BREAKPOINTS = ["const scaled", "total *= 3", "if (by > 7)", "return total"].map(zeroBased);
/** Where V8 stops for them: in a declaration at its value, whose operator's call begins in the blank before it. */
const STOPS = [" x * by + 1", "total *= 3", "if (by > 7)", "return total"].map(zeroBased);

/** As source maps count columns. */
function zeroBased(text: string): { line: number; column: number } {
  const [line, column] = placeOf(MODEL, text).split(":").map(Number);
  return { line: line!, column: column! - 1 };
}

// A debugger is another thread than the one that it stops: `node:inspector` connects them within one process.
const DEBUGGED = `import { Worker } from "node:worker_threads";
import { make, scale } from "./model.js";
const worker = new Worker(new URL("./debugger.mjs", import.meta.url), { workerData: process.argv[2] });
const said = (): Promise<unknown> => new Promise((resolve) => worker.once("message", resolve));
await said();
scale(make(2));
worker.postMessage("done");
console.log(JSON.stringify(await said()));
void worker.terminate();
`;

// It knows of the source map what the script announces, as every debugger does.
const DEBUGGER = `import { Session } from "node:inspector/promises";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
const { generatedPositionFor, originalPositionFor, TraceMap } = createRequire(workerData)("@jridgewell/trace-mapping");
const breakpoints = ${JSON.stringify(BREAKPOINTS)};
setInterval(() => {}, 1000); // A session alone does not keep its thread alive.
const session = new Session();
session.connectToMainThread();
const scripts = [];
session.on("Debugger.scriptParsed", ({ params }) => params.url.endsWith("/model.ts") && scripts.push(params));
await session.post("Debugger.enable");
const [{ scriptId, sourceMapURL }] = scripts;
const map = new TraceMap(Buffer.from(sourceMapURL.slice(sourceMapURL.indexOf(",") + 1), "base64").toString());
const source = map.sources.find((name) => name.endsWith("model.ts"));
const stopped = [];
session.on("Debugger.paused", ({ params }) => {
  const { lineNumber, columnNumber } = params.callFrames[0].location;
  const { line, column } = originalPositionFor(map, { line: lineNumber + 1, column: columnNumber });
  stopped.push({ line, column });
  session.post("Debugger.resume");
});
for (const place of breakpoints) {
  const { line, column } = generatedPositionFor(map, { source, ...place });
  await session.post("Debugger.setBreakpoint", { location: { scriptId, lineNumber: line - 1, columnNumber: column } });
}
parentPort.once("message", () => parentPort.postMessage(stopped));
parentPort.postMessage("ready");
`;

/** What a bundler made of the model. */
interface Output {
  readonly code: string;
  readonly map: string | object;
}

describe("breakpoints and stack traces land on the user's line and column", () => {
  const external = /^weftjs/;

  test("in rollup", async () => {
    const { rollup } = await import("rollup");
    const bundle = await rollup({ input: join(folder, "entry.js"), external, plugins: [weft(), stripTypes] });
    const { output } = await bundle.generate({ sourcemap: true });
    check({ code: output[0].code, map: output[0].map! }, MODEL);
  });

  test("in rolldown", async () => {
    const { rolldown } = await import("rolldown");
    const bundle = await rolldown({ input: join(folder, "model.ts"), external, plugins: [weft()] });
    const { output } = await bundle.generate({ sourcemap: true });
    check({ code: output[0].code, map: output[0].map! }, MODEL);
  });

  test("in vite's development server, which vitest is built on", async () => {
    const { createServer } = await import("vite");
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, ws: false, watch: null },
      optimizeDeps: { noDiscovery: true },
      plugins: [weft()],
    });
    try {
      const made = await server.environments.client.transformRequest("/model.ts");
      check({ code: made!.code, map: made!.map! }, MODEL);
      const unmarked = await server.environments.client.transformRequest("/entry.js");
      expect(unmarked!.code).not.toContain("staging");
    } finally {
      await server.close();
    }
  });

  test("in esbuild", async () => {
    const [{ build }, host] = await Promise.all([
      import("esbuild"),
      import(built("esbuild")) as Promise<typeof Esbuild>,
    ]);
    const { outputFiles } = await build({
      entryPoints: [join(folder, "model.ts")],
      bundle: true,
      format: "esm",
      sourcemap: "external",
      outdir: folder,
      write: false,
      external: ["weftjs"],
      plugins: [host.weft()],
    });
    const [map, code] = outputFiles.map(({ text }) => text);
    check({ code: code!, map: map! }, MODEL);
  });

  test("in webpack", async () => {
    // In a process of its own: Vitest makes this one prefer sources, and webpack loads the built loader by itself.
    await writeFile(join(folder, "webpack.mjs"), RUN_WEBPACK);
    const { status, stdout } = spawnSync(process.execPath, ["webpack.mjs", import.meta.url], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status, stdout).toBe(0);
    const [code, map] = await Promise.all(
      ["main.mjs", "main.mjs.map"].map((name) => readFile(join(folder, "dist", name), "utf8")),
    );
    check({ code: code!, map: map! }, withoutTypes());
  });
});

const RUN_WEBPACK = `
import { createRequire } from "node:module";
import { WeftPlugin } from "weftjs/webpack";
const webpack = createRequire(process.argv[2])("webpack");
webpack(
  {
    mode: "none",
    context: process.cwd(),
    entry: "./script.js",
    devtool: "source-map",
    output: { library: { type: "module" }, filename: "main.mjs" },
    experiments: { outputModule: true },
    externalsType: "module",
    externals: [/^weftjs/],
    plugins: [new WeftPlugin()],
  },
  (error, stats) => {
    const faults = error ?? stats.toJson({ errors: true }).errors;
    if (error || faults.length > 0) {
      console.log(faults);
      process.exit(1);
    }
  },
);
`;

/** Rollup knows no TypeScript. */
const stripTypes = {
  name: "strip-types",
  resolveId: (source: string) => (source === "./model.js" ? join(folder, "model.ts") : null),
  transform(code: string, id: string) {
    if (!id.endsWith(".ts")) return null;
    const { outputText, sourceMapText } = compiler.transpileModule(code, {
      fileName: basename(id),
      compilerOptions: { target: compiler.ScriptTarget.ES2023, sourceMap: true },
    });
    return { code: outputText, map: sourceMapText! };
  },
};

/** Where a debugger stops: the statements that do something, and where an error is thrown. */
function stops(source: string): { line: number; column: number; text: string }[] {
  const file = compiler.createSourceFile("model.ts", source, compiler.ScriptTarget.Latest, true);
  const found: { line: number; column: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart());
    if (
      compiler.isReturnStatement(node) ||
      compiler.isThrowStatement(node) ||
      compiler.isNewExpression(node)
    ) {
      found.push({ line: line + 1, column: character, text: node.getText().slice(0, 12) });
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function check({ code, map }: Output, source: string): void {
  expect(code).toContain("staging");
  const trace = new TraceMap(map as never); // every bundler has a type of its own for it
  const name = trace.sources.find((one) => /(model\.ts|script\.js)$/.test(one ?? ""))!;
  const lines = code.split("\n");
  for (const { line, column, text } of stops(source)) {
    const there = generatedPositionFor(trace, { source: name, line, column });
    expect(there.line, text).not.toBeNull();
    const word = text.split(/\W/)[0]!;
    expect(lines[there.line! - 1]!.slice(there.column!)).toMatch(new RegExp(`^[\\s(]*${word}`));
    const back = originalPositionFor(trace, { line: there.line!, column: there.column! });
    expect([back.line, back.column]).toEqual([line, column]);
  }
}
