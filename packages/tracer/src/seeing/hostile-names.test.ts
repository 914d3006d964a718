import { parseGraph, printGraph } from "@weftjs/ir";
import { beforeAll, expect, test } from "vitest";
import { defineOp, init, inspect, jit, type Tensor, tensor, tree } from "../index.js";

beforeAll(async () => void (await init()));

/** What ends lines, strings, comments and tags somewhere, and what objects are made of. */
const PIECES = [
  "\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029", "\0", "*/", "/*", "//", "`", "${", "}", "{", '"', "'", "\\",
  "<script>", "</pre>", "&", "%", ";", "@compute", "@group(0)", " fn main() {", "var<private> x: f32;", "__proto__",
  "constructor", "toString", "prototype", "\u202e", "𝒳", "é", "a", "Z", "0", "_", " ", "->", "[", "]", "=",
]; // prettier-ignore

function hostileNames(count: number): string[] {
  let seed = 1;
  const roll = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const names = new Set(PIECES);
  while (names.size < count) {
    names.add(Array.from({ length: 1 + roll(5) }, () => PIECES[roll(PIECES.length)]!).join(""));
  }
  return [...names];
}

/** An op of this name, as a user would declare it. */
function ownOp(name: string): (x: Tensor) => Tensor {
  return defineOp({
    kind: "pointwise",
    name: `own ${name}`,
    operands: ["x"],
    accepts: ["float32"],
    scalar: ({ x }, s) => s.mul(x, s.add(x, 1)),
    vjp: null,
    samples: [[1]],
  });
}

const SAFE = /^[A-Za-z0-9_]*$/;

test("1,000 hostile names of functions, parameters and ops reach no shader, and their dumps are sound", async () => {
  for (const name of hostileNames(1000)) {
    const op = ownOp(name);
    const params = tree.unflatten(tree.flatten({ a: 0 }).structure, [tensor([1, 2])]) as { a: Tensor };
    const named = Object.defineProperty({}, name, { value: params.a, enumerable: true }) as Record<
      string,
      Tensor
    >;
    const f = jit((p: Record<string, Tensor>) => op(Object.values(p)[0]!).sum(), { name });
    const report = await inspect(f, named);
    const kernels = [...report.wgsl.matchAll(/^\/\/ (\S*)/gm)].map((match) => match[1]!);
    expect(kernels.length, JSON.stringify(name)).toBeGreaterThan(0);
    expect(
      kernels.every((kernel) => SAFE.test(kernel)),
      JSON.stringify(name),
    ).toBe(true);
    // Nothing but ASCII, its line ends the compiler's own.
    expect(/^[\n -~]*$/.test(report.wgsl), JSON.stringify(name)).toBe(true);
    const code = report.wgsl.replaceAll(/^\/\/ .*$/gm, ""); // the report's own headings
    expect(code).not.toMatch(/own|script|private|proto|constructor|toString/);
    expect(report.wgsl.match(/fn main\(/g)).toHaveLength(report.pipelines);
    const text = printGraph(parseGraph(report.optimized)); // without places, which are comments
    expect(printGraph(parseGraph(text)), JSON.stringify(name)).toBe(text);
    expect(text.split("\n").length).toBe(report.optimized.split("\n").length);
    expect(await report.html()).not.toMatch(/<script|<\/pre><\/pre>/);
    const labels = [...report.dot().matchAll(/label=("(?:[^"\\]|\\[^])*")\];$/gm)].map((match) => match[1]!);
    expect(labels.map((label) => typeof JSON.parse(label))).toHaveLength(4); // an input, two ops, a result
  }
}, 300_000);

test("what they name computes", async () => {
  for (const name of hostileNames(60).slice(-20)) {
    const op = ownOp(`${name} computes`);
    const named = Object.defineProperty({}, name, { value: tensor([1, 2]), enumerable: true }) as Record<
      string,
      Tensor
    >;
    const f = jit((p: Record<string, Tensor>) => op(Object.values(p)[0]!).sum(), { name });
    expect(await f(named).item()).toBe(8);
  }
});
