import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as weft from "./index.js";

type Layers = { w: weft.Tensor; b: weft.Tensor }[];
type Step = (layers: Layers, x: weft.Tensor, labels: weft.Tensor, lr: number) => [Layers, weft.Tensor];

/** The first listing of the README, run as it stands, with its imports taken from the sources. */
function stepOfReadme(): Step {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const listing = /```js\n([^]*?)```/.exec(readme)![1]!;
  const body = listing.replace(/^import (\{[^}]*\}) from "weftjs";/, "const $1 = weft;");
  return new Function("weft", `${body}\nreturn step;`)(weft) as Step;
}

function filled(shape: readonly number[], scale: number): weft.Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return weft.tensor(
    Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i)),
    { shape },
  );
}

test("the README's model learns, in as many dispatches as it says, and makes no buffer after the second call", async () => {
  const step = stepOfReadme();
  const layers = (): Layers => [
    { w: filled([784, 64], 0.05), b: filled([64], 0) },
    { w: filled([64, 10], 0.1), b: filled([10], 0) },
  ];
  const x = filled([100, 784], 1);
  const labels = weft.tensor(
    Int32Array.from({ length: 100 }, (_, i) => i % 10),
    { shape: [100], dtype: "int32" },
  );
  expect((await weft.inspect(step, layers(), x, labels, 0.1)).dispatches).toBe(7);

  let current = layers();
  const losses: number[] = [];
  let buffers = 0;
  for (let i = 0; i < 6; i++) {
    const [next, value] = step(current, x, labels, 0.1);
    current = next;
    losses.push(await value.item());
    value.dispose();
    if (i === 1) buffers = weft.stats().buffersCreated;
  }
  expect(weft.stats().buffersCreated).toBe(buffers);
  expect(losses[5]!).toBeLessThan(losses[0]!);
});
