import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import type { Plugin } from "rollup";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasChromium, openChromium } from "./chromium.js";
import { serve } from "./static-server.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const MODEL = `import { matmul, zeros, type Tensor } from "weftjs/math";
interface Layer { readonly w: Tensor }
export const predict = ({ w }: Layer, x: Tensor): Tensor => x * 2 - matmul(x, w);
export const inFunction = (): Tensor => predict({ w: zeros([2, 4]) }, zeros([3, 3]));
export const inOperator = (): Tensor =>
  (zeros([3]) - 1) *
    zeros([2]);
`;

const MAIN = `import { inFunction, inOperator } from "./model.js";
const said = (f: () => unknown) => {
  try {
    f();
  } catch (error) {
    const { message, stack, location } = error as Error & { location?: object };
    return { message, stack, location };
  }
};
document.body.textContent = JSON.stringify([said(inFunction), said(inOperator)]);
`;

const PAGE = '<!doctype html><body>…</body><script type="module" src="SCRIPT"></script>';

interface Said {
  readonly message: string;
  readonly stack: string;
  readonly location?: { readonly file: string; readonly line: number; readonly column: number };
}

/** The front door's tests have the package; of it what is needed here. */
const { originalPositionFor, TraceMap } = createRequire(join(root, "packages/weftjs/package.json"))(
  "@jridgewell/trace-mapping",
) as {
  readonly TraceMap: new (map: unknown) => object;
  originalPositionFor(
    map: object,
    place: { line: number; column: number },
  ): { readonly source: string; readonly line: number; readonly column: number };
};

let browser: Browser;
let folder: string;

beforeAll(async () => {
  if (!hasChromium) return;
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  folder = await realpath(await mkdtemp(join(tmpdir(), "weft-pages-")));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "packages/weftjs"), join(folder, "node_modules/weftjs"), "junction");
  const files = { "package.json": '{ "type": "module" }', "model.ts": MODEL, "main.ts": MAIN };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  browser = await openChromium();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true });
});

test.skipIf(!hasChromium)(
  "errors in a page that vite built name the user's line and column",
  async () => {
    const host = (await import(pathToFileURL(join(root, "packages/weftjs/dist/hosts/rollup.js")).href)) as {
      weft(): Plugin;
    };
    const { build } = await import("vite");
    await build({
      root: folder,
      configFile: false,
      logLevel: "silent",
      plugins: [host.weft()],
      build: {
        target: "esnext",
        sourcemap: true,
        rollupOptions: { input: join(folder, "main.ts"), output: { entryFileNames: "main.js" } },
        outDir: join(folder, "vite"),
      },
    });
    await check("vite");
  },
  180_000,
);

test.skipIf(!hasChromium)(
  "errors in a page that rollup built name the user's line and column",
  async () => {
    const config = pathToFileURL(join(root, "packages/examples/apps/rollup/rollup.config.mjs")).href;
    const { default: options } = (await import(config)) as {
      default: { external: RegExp; plugins: Plugin[] };
    };
    const { rollup } = await import("rollup");
    const { external, plugins } = options;
    const bundle = await rollup({ input: join(folder, "main.ts"), external, plugins });
    await bundle.write({ dir: join(folder, "rollup"), format: "es", sourcemap: true });
    await check("rollup");
  },
  180_000,
);

/** Opens the page with a built script; holds what it says against the source. */
async function check(built: string): Promise<void> {
  await writeFile(join(folder, built, "index.html"), PAGE.replace("SCRIPT", "main.js"));
  const server = await serve(folder);
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}${built}/`);
    await page.waitForFunction('document.body.textContent !== "…"');
    const text = (await page.textContent("body"))!;
    const [inFunction, inOperator] = JSON.parse(text) as [Said, Said];
    // An operator brings its place along. A page cannot read the file: it shows the place without the line's text.
    const place = placeOf(MODEL, "(zeros([3]) - 1)");
    expect(inOperator.location).toMatchObject(place);
    expect(inOperator.message).toContain(`--> model.ts:${place.line}:${place.column}\n`);
    // Of a function's call only the stack knows, and the library is in the same file: no place, rather than a wrong one.
    expect(inFunction.location).toBeUndefined();
    expect(inFunction.message).not.toContain("-->");
    const map = new TraceMap(JSON.parse(await readFile(join(folder, built, "main.js.map"), "utf8")));
    const frames = [...inFunction.stack.matchAll(/main\.js:(\d+):(\d+)/g)].map(([, line, column]) =>
      originalPositionFor(map, { line: Number(line), column: Number(column) - 1 }),
    );
    const ofModel = frames.filter(({ source }) => /(^|\/)model\.ts$/.test(source ?? ""));
    const calls = ["matmul(x, w)", "predict({ w: zeros"].map((text) => placeOf(MODEL, text));
    expect(ofModel.map(({ line, column }) => ({ line, column: column + 1 }))).toEqual(calls);
  } finally {
    await page.close();
    server.close();
  }
}

function placeOf(text: string, wanted: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(wanted)).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
