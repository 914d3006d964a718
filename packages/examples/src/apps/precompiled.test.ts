import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jit, tensor } from "weftjs";
import { update } from "../models/mnist-mlp.js";
import { CHROMIUM, hasChromium, openChromium } from "./chromium.js";
import { serve, type StaticServer } from "./static-server.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const examples = join(root, "packages/examples");

let browser: Browser | undefined;
let server: StaticServer;
let said: string;

beforeAll(async () => {
  // The command is what the build makes of it; where nothing changed this takes no time.
  await run([join(root, "scripts/build.mjs")], root);
  said = await run(["--run-script", "precompile"], examples);
  server = await serve(join(examples, "apps"));
}, 180_000);

afterAll(async () => {
  server?.close();
  await browser?.close();
});

/** Runs Node, or a script of the examples' manifest. */
function run(args: readonly string[], cwd: string): Promise<string> {
  const [command, rest] = args[0] === "--run-script" ? ["npm", ["run", args[1]!]] : [process.execPath, args];
  return new Promise((resolve, reject) => {
    const child = spawn(command as string, rest as string[], {
      cwd,
      env: { ...process.env, WEFT_VERIFY: "" },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${out}\n${err}`))));
  });
}

test("one command makes the module, and says how small it is", () => {
  const size = /gzipped ([\d.]+) kB, of which ([\d.]+) kB without WGSL/.exec(said)!;
  expect(Number(size[2])).toBeLessThan(30);
});

/** Losses of a few steps, as the page is to compute them. */
const STEPS = 5;
function waves(count: number, scale: number): number[] {
  return Array.from({ length: count }, (_, k) => scale * Math.sin(3 * k + 1));
}

test.skipIf(!hasChromium)(
  `in a page the precompiled step gives the same losses as jit does in Node (in ${CHROMIUM}, where it is installed)`,
  async () => {
    browser ??= await openChromium();
    const page = await browser.newPage();
    await page.goto(`${server.url}precompiled/main.js`);
    const data = {
      layers: [
        { w: waves(784 * 64, 0.05), b: waves(64, 0.01) },
        { w: waves(640, 0.2), b: waves(10, 0.01) },
      ],
      x: waves(78400, 0.5),
      y: Array.from({ length: 100 }, (_, k) => k % 10),
      steps: STEPS,
    };
    const losses = await page.evaluate<number[]>(`(${TRAIN_IN_PAGE})(${JSON.stringify(data)})`);
    const step = jit(update);
    let layers = data.layers.map(({ w, b }) => ({
      w: tensor(w, { shape: [b.length === 64 ? 784 : 64, b.length] }),
      b: tensor(b),
    }));
    const [x, y] = [tensor(data.x, { shape: [100, 784] }), tensor(data.y, { dtype: "int32" })];
    for (let k = 0; k < STEPS; k++) {
      const [next, loss] = step(layers, x, y, 0.1 * (k + 1));
      layers = next;
      expect(losses[k]).toBeCloseTo(await loss.item(), 4);
    }
    // The parameters did change.
    expect(Math.abs(losses[STEPS - 1]! - losses[0]!)).toBeGreaterThan(0.01);
  },
  180_000,
);

/** Runs in the page; as text, because the test runner rewrites `import`. */
const TRAIN_IN_PAGE = `async ({ layers, x, y, steps }) => {
  const { load } = await import(new URL("./dist/mnist-mlp.js", location.href).href);
  const { update } = await load();
  let state = layers.map(({ w, b }) => ({ w: Float32Array.from(w), b: Float32Array.from(b) }));
  const losses = [];
  for (let k = 0; k < steps; k++) {
    const [next, loss] = update(state, Float32Array.from(x), Int32Array.from(y), 0.1 * (k + 1));
    state = next;
    losses.push(await loss.item());
  }
  return losses;
}`;

test.skipIf(!hasChromium)(
  `the page learns to read the browser's own digits (in ${CHROMIUM}, where it is installed)`,
  async () => {
    browser ??= await openChromium();
    const page = await browser.newPage();
    await page.goto(`${server.url}precompiled/?steps=60`);
    await page.waitForFunction(
      '/read right|Error/.test(document.querySelector("#log").textContent)',
      undefined,
      {
        timeout: 150_000,
      },
    );
    const log = (await page.textContent("#log"))!;
    expect(Number(/(\d+) of 100 new digits/.exec(log)?.[1] ?? log)).toBeGreaterThan(40);
  },
  180_000,
);
