import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM, hasChromium, openChromium } from "./chromium.js";
import { serve } from "./static-server.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const apps = join(root, "packages/examples/apps");
const require = createRequire(import.meta.url);

interface Place {
  readonly line: number;
  readonly column: number;
}

/** The front door's tests have the package; of it what is needed here. */
const { generatedPositionFor, originalPositionFor, TraceMap } = createRequire(
  join(root, "packages/weftjs/package.json"),
)("@jridgewell/trace-mapping") as {
  readonly TraceMap: new (map: unknown) => { readonly sources: readonly string[] };
  generatedPositionFor(map: object, place: Place & { readonly source: string }): Place;
  originalPositionFor(map: object, place: Place): Place & { readonly source: string };
};

let browser: Browser | undefined;
let folder: string;
/** What the model gives where Node runs it through the loader: every other host has to give the same. */
let expected: number[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weft-apps-"));
  // Apps import what a user installs: the build. Where nothing changed this takes no time.
  await node("scripts/build.mjs");
  expected = JSON.parse(await node("--import", loader(), join(apps, "node/main.ts"))) as number[];
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/** The entry as Node finds it for a file of the apps. */
function loader(): string {
  return new URL("../../node_modules/weftjs/dist/hosts/register.js", import.meta.url).href;
}

function node(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, WEFT_VERIFY: "", LOSSES_FILE: join(folder, "losses.json") },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${out}\n${err}`))));
  });
}

function command(name: string, path: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), path);
}

test("Node runs the model through the loader, and it learns; Newton's loop ends at √2 from near and far", () => {
  expect(expected).toHaveLength(12);
  expect(expected[9]).toBeLessThan(0.7 * expected[0]!);
  for (const root of expected.slice(10)) expect(root).toBeCloseTo(Math.SQRT2, 5);
});

test("the README shows this very model", async () => {
  const [readme, model] = await Promise.all(
    [join(root, "README.md"), join(apps, "model.ts")].map((file) => readFile(file, "utf8")),
  );
  expect(readme).toContain(`\`\`\`ts\n${model!}\`\`\`\n`);
});

test("vitest gives the same numbers", async () => {
  await node(command("vitest", "vitest.mjs"), "run", "--config", join(apps, "vitest/vitest.config.ts"));
  expect(JSON.parse(await readFile(join(folder, "losses.json"), "utf8"))).toEqual(expected);
}, 120_000);

test.skipIf(!hasChromium)(
  `vite's page gives the same numbers (in ${CHROMIUM}, where it is installed)`,
  async () => {
    await node(command("vite", "bin/vite.js"), "build", "--config", join(apps, "vite/vite.config.ts"));
    closeTo(await lossesOfPage("vite/dist/"), expected);
  },
  180_000,
);

test.skipIf(!hasChromium)(
  `rollup's page gives the same numbers (in ${CHROMIUM}, where it is installed)`,
  async () => {
    await node(command("rollup", "dist/bin/rollup"), "--config", join(apps, "rollup/rollup.config.mjs"));
    closeTo(await lossesOfPage("rollup/"), expected);
  },
  180_000,
);

test.skipIf(!hasChromium)(
  "a page that is closed in the middle of its steps takes nothing from the next one",
  async () => {
    await node(command("rollup", "dist/bin/rollup"), "--config", join(apps, "rollup/rollup.config.mjs"));
    browser ??= await openChromium();
    const server = await serve(apps);
    const page = await browser.newPage();
    await page.goto(server.url + "rollup/", { waitUntil: "commit" });
    await page.waitForFunction('document.querySelector("#losses")?.textContent.startsWith("training")');
    await page.close();
    server.close();
    closeTo(await lossesOfPage("rollup/"), expected);
  },
  180_000,
);

const PAGES = [
  ["vite", join(apps, "vite/dist"), "vite/dist/"],
  ["rollup", join(apps, "rollup/dist"), "rollup/"],
] as const;

test.skipIf(!hasChromium).each(PAGES)(
  "a debugger in %s's page stops where the user sets a breakpoint",
  async (_builder, folder, path) => {
    const source = await readFile(join(apps, "model.ts"), "utf8");
    const { script, map, model } = await scriptOfModel(folder);
    const wanted = ["return matmul(", "err = abs(", "x = next"].map((text) => place(source, text));
    const found = await stopsOf(
      path,
      script,
      wanted.map((at) => generatedPositionFor(map, { source: model, ...at })),
    );
    expect(found.sourceMap).toBe(`${basename(script)}.map`);
    const stops = found.stops.map((at) => originalPositionFor(map, at));
    expect(new Set(stops.map(({ source }) => source))).toEqual(new Set([model]));
    expect(stops.map(({ line, column }) => ({ line, column }))).toEqual(wanted);
  },
  180_000,
);

/** The file of a build that the model has gone into, its source map, and what the model is called there. */
async function scriptOfModel(
  folder: string,
): Promise<{ script: string; map: { readonly sources: readonly string[] }; model: string }> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".js.map")) continue;
    const map = new TraceMap(JSON.parse(await readFile(join(folder, name), "utf8")));
    const model = map.sources.find((source) => /^[./]*model\.ts$/.test(source));
    if (model) return { script: name.slice(0, -".map".length), map, model };
  }
  throw new Error(`no script in ${folder} has the model`);
}

/** From 1 and from 0, as source maps count. */
function place(text: string, wanted: string): Place {
  const before = text.slice(0, text.indexOf(wanted)).split("\n");
  return { line: before.length, column: before.at(-1)!.length };
}

/** Opens a page with these breakpoints in its script; gives the places where it first stops for each. */
async function stopsOf(
  path: string,
  script: string,
  breakpoints: readonly Place[],
): Promise<{ stops: Place[]; sourceMap: string | undefined }> {
  browser ??= await openChromium();
  const server = await serve(apps);
  const page = await browser.newPage();
  try {
    const debug = await page.context().newCDPSession(page);
    const stops = new Map<string, Place>();
    let sourceMap: string | undefined;
    debug.on("Debugger.scriptParsed", (parsed) => {
      if (parsed.url.endsWith(script)) sourceMap = parsed.sourceMapURL;
    });
    debug.on("Debugger.paused", ({ callFrames, hitBreakpoints }) => {
      const { lineNumber, columnNumber } = callFrames[0]!.location;
      const [id] = hitBreakpoints!;
      if (!stops.has(id!)) stops.set(id!, { line: lineNumber + 1, column: columnNumber! });
      void debug.send("Debugger.resume");
    });
    await debug.send("Debugger.enable");
    const ids: string[] = [];
    for (const { line, column } of breakpoints) {
      const at = {
        urlRegex: `${script.replaceAll(".", "\\.")}$`,
        lineNumber: line - 1,
        columnNumber: column,
      };
      ids.push((await debug.send("Debugger.setBreakpointByUrl", at)).breakpointId);
    }
    await page.goto(server.url + path);
    await page.waitForFunction('!document.querySelector("#losses").textContent.startsWith("training")');
    return { stops: ids.map((id) => stops.get(id)!), sourceMap };
  } finally {
    await page.close();
    server.close();
  }
}

async function lossesOfPage(path: string): Promise<number[]> {
  browser ??= await openChromium();
  const server = await serve(apps);
  try {
    const page = await browser.newPage();
    await page.goto(server.url + path);
    await page.waitForFunction('!document.querySelector("#losses").textContent.startsWith("training")');
    const text = (await page.textContent("#losses"))!;
    expect(text).toMatch(/^\[/);
    return JSON.parse(text) as number[];
  } finally {
    server.close();
  }
}

/** Two versions of one software adapter may sum in another order. */
function closeTo(actual: readonly number[], wanted: readonly number[]): void {
  expect(actual).toHaveLength(wanted.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
}
