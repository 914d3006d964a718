import { beforeAll, describe, expect, test } from "vitest";
import { init } from "../index.js";
import { buildOnce, precompileCalls, runModule } from "./testing/load-precompiled.js";

beforeAll(buildOnce, 180_000);
// What is refused is refused before anything is computed.
beforeAll(async () => void (await init({ device: "cpu" })));

/** The error that compiling ends with. */
async function refusal(source: string, call: string, options: { trust?: boolean } = {}): Promise<Error> {
  const text = `import { jit, pure, slice, tensor, zeros } from "weftjs";\n${source}`;
  return precompileCalls(runModule(text), [call], options).then(
    () => Promise.reject(new Error("it was compiled")),
    (error: Error) => error,
  );
}

describe("a function that may depend on more than its arguments is W1070, with the line that says so", () => {
  test.each([
    [
      "chance",
      "const f = jit((x) => x.mul(Math.random())); export { f };",
      "Math.random gives another number",
    ],
    ["the clock", "export const f = jit((x) => x.mul(Date.now()));", "it reads Date"],
    [
      "state",
      "let count = 0; export const f = jit((x) => { count += 1; return x.mul(count); });",
      "it assigns count",
    ],
    [
      "an object of a class",
      "const box = new (class { w = 1; })(); export const f = jit((x) => x.mul(box.w));",
      "captures box",
    ],
    [
      "a method",
      "const o = { go: (x) => x }; export const f = jit((x) => o.go(x));",
      "the method go is not known",
    ],
  ])("%s", async (_, source, why) => {
    const error = await refusal(source, "f(f32[2])");
    expect(error).toMatchObject({ code: "W1070" });
    expect(error.message).toContain(why);
  });

  test("in full", async () => {
    const error = await refusal("export const f = jit((x) => x.mul(Math.random()));", "f(f32[2])");
    expect(error.message).toMatchInlineSnapshot(`
      "error[W1070]: nothing proves that f depends on its arguments alone, and what it is now would be compiled in
        --> model.ts:2:35
         = note: anonymous is not proven: Math.random gives another number each time at model.ts:2:35
         = hint: pass what changes as an argument; pure(f) vouches for a function, --trust for all of them"
    `);
  });

  test("unless it is vouched for, or all are trusted", async () => {
    const source = `import { jit, pure } from "weftjs";
const scale = pure((x) => x.mul([2].at(Math.floor(0.5))));
export const vouched = jit((x) => scale(x));
const box = new (class { w = 3; })();
export const trusted = jit((x) => x.mul(box.w));`;
    const { calls } = await precompileCalls(runModule(source), ["vouched(f32[2])"]);
    expect(calls[0]!.doubts).toEqual([]);
    const trusted = await precompileCalls(runModule(source), ["trusted(f32[2])"], { trust: true });
    expect(trusted.calls[0]!.doubts).toEqual(["anonymous captures box, which holds an object of a class"]);
  });

  test("also where it makes other data each time, and is trusted", async () => {
    const source = "export const f = jit((x) => x.add(tensor([Math.random()])));";
    expect(await refusal(source, "f(f32[1])", { trust: true })).toMatchObject({ code: "W1070" });
  });
});

test("a captured variable that is given other values is W1071, at the line that does", async () => {
  const error = await refusal(
    `let rate = 0.1;
export const f = jit((x) => x.mul(rate));
export const slower = () => {
  rate /= 2;
};`,
    "f(f32[2])",
  );
  expect(error.message).toMatchInlineSnapshot(`
    "error[W1071]: anonymous captures rate, which is given another value here; compiled ahead of time it would never change
      --> model.ts:5:3
       = hint: pass it as an argument, or make it a const; --trust takes the value that it has once the module is loaded"
  `);
});

test("a captured variable that changes is taken as it is on trust, and said", async () => {
  const source = `import { jit } from "weftjs";
let rate = 0.1;
rate = 0.5;
export const f = jit((x) => x.mul(rate));`;
  const { calls } = await precompileCalls(runModule(source), ["f(f32[2])"], { trust: true });
  expect(calls[0]!.doubts).toEqual(["anonymous captures rate, which changes"]);
  expect(calls[0]!.frozen).toEqual(["rate = 0.5"]);
});

describe("a number that decides what is computed is W1072", () => {
  test.each([
    ["a condition", "(x, n) => n > 2 ? x.sin() : x.cos()"],
    ["equality", "(x, n) => n === 1 ? x : x.cos()"],
    ["one value among all", "(x, n) => (n === 12345 ? x.sin() : x.cos())"],
    [
      "a value that is computed from it",
      "(x, n) => { const m = n * 2 + 1; return m > 1e12 ? x.sin() : x.cos(); }",
    ],
    ["a check", "(x, n) => { if (Math.abs(n) > 1e30) throw new Error('large'); return x.mul(n); }"],
    ["one value, chosen by &&", "(x, n) => ((n - 12345 || 3) === 3 ? x.sin() : x.cos())"],
    ["truth", "(x, n) => n ? x.mul(n) : x"],
    ["a loop's count", "(x, n) => { for (let k = 0; k < n; k++) x = x.sin(); return x; }"],
    ["a shape", "(x, n) => x.add(zeros([Math.max(1, Math.round(n))]))"],
    ["what is given back", "(x, n) => n < 1 ? [x.sin(), x] : [x, x.sin()]"],
    ["whether it is whole, of integers", "(i, n) => i.mul(n)"],
    ["a row", "(x, n) => x.at(Math.abs(Math.round(n)) % 2)"],
  ])("%s", async (_, f) => {
    const type = f.startsWith("(i") ? "i32[2]" : "f32[2]";
    expect(await refusal(`export const f = jit(${f});`, `f(${type}, number)`)).toMatchObject({
      code: /W107[23]/,
    });
  });

  test("in full, and a literal in its place is fine", async () => {
    const source = `export const f = jit((x, mode) => {
  if (mode > 2) return x.sin();
  return x.cos();
});`;
    const error = await refusal(source, "f(f32[2], number)");
    expect(error.message).toMatchInlineSnapshot(`
      "error[W1072]: JavaScript decides here by a number that is passed to f at run time (tried with mode = 0)
        --> model.ts:3:7
         = hint: write the number itself in --precompile, once for each value there is; or decide by a tensor, with where or cond"
    `);
    await precompileCalls(runModule(`import { jit } from "weftjs"; ${source}`), [
      "f(f32[2], 3)",
      "f(f32[2], 1)",
    ]);
  });

  test("so is one for which the function fails", async () => {
    const error = await refusal(
      "export const f = jit((x, k) => slice(x, [k, k + 2]));",
      "f(f32[8], integer)",
    );
    expect(error).toMatchObject({ code: "W1072" });
  });
});

test("a number that JavaScript makes of a number is W1073, at its line", async () => {
  const error = await refusal(
    `export const f = jit((x, lr, t) => {
  const rate = lr * Math.sqrt(t);
  return x.mul(rate);
});`,
    "f(f32[2], number, number)",
  );
  expect(error.message).toMatchInlineSnapshot(`
    "error[W1073]: JavaScript computes a number from the arguments of f, and a compiled function runs no JavaScript
      --> model.ts:4:10
       = hint: multiply the tensor by one number after the other, pass the computed number, or pass a tensor f32[] instead"
  `);
  expect(await refusal("export const f = (x, n) => [x.sin(), n + 1];", "f(f32[2], number)")).toMatchObject({
    code: "W1073",
  });
});

test.each([
  ["a function", "(x) => ({ x, again: () => x })"],
  ["an object of a class", "(x) => ({ x, when: new Error('x') })"],
  ["a typed array", "(x) => new Float32Array(2)"],
  ["itself", "(x) => { const o = { x }; o.o = o; return o; }"],
])("a result that holds %s is W1074", async (_, f) => {
  expect(await refusal(`export const f = ${f};`, "f(f32[2])", { trust: true })).toMatchObject({
    code: "W1074",
  });
});

test.each([
  ["is async", "async (x) => x.mul(2)"],
  ["waits", "async (x) => x.mul(await x.sum().item())"],
  ["gives a promise", "(x) => Promise.resolve(x)"],
  [
    "keeps a value for the next call",
    "(x) => { const last = kept[0] ?? x; kept[0] = x.mul(2); return last.add(1); }",
  ],
])("a function that %s is W1075", async (_, f) => {
  const error = await refusal(`const kept = []; export const f = jit(${f});`, "f(f32[2])", { trust: true });
  expect(error).toMatchObject({ code: "W1075" });
});
