import { beforeAll, describe, expect, test } from "vitest";
import { init, jit, tensor } from "../index.js";
import { bothWays, slopes } from "./testing/both-ways.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const POINTS = [2.5, 0.25, -0.75, -3, 5];

describe("what is changed elsewhere, where a tensor decides, is changed on the way that is taken:", () => {
  test.each([
    [
      "a counter of another function",
      `const make = () => { let n = 0; return { up() { n = n + 1; }, get: () => n }; };
       export function f(x) { const c = make(); if (x > 0) c.up(); else { c.up(); c.up(); } return c.get() + x; }`,
    ],
    [
      "two counters of one function",
      `const make = () => { let n = 0; return { up: () => { n++; }, get: () => n }; };
       export function f(x) { const a = make(), b = make(); if (x > 0) a.up(); else b.up(); return a.get() * 10 + b.get() + x; }`,
    ],
    [
      "a variable of the module",
      `let total = 1; const add = (v) => { total += v; };
       export function f(x) { total = 1; x > 0 ? add(x) : add(-2 * x); return total; }`,
    ],
    [
      "a private field",
      `class Counter { #n = 0; #steps = 0; up(v) { this.#n += v; this.#steps++; return this; } get n() { return this.#n * 10 + this.#steps; } }
       export function f(x) { const c = new Counter(); if (x > 0) c.up(x).up(x); return c.n; }`,
    ],
    [
      "a field that another function changes",
      `const grow = (o, v) => { o.size = o.size + v; };
       export function f(x) { const o = { size: 1, name: "o" }; if (x > 1) grow(o, x); else if (x > 0) grow(o, 2); return o.size; }`,
    ],
    [
      "an element of a list in an object",
      `export function f(x) { const o = { list: [1, x] }; if (x > 0) { o.list[0] = x * 3; o.list[1] += 1; } return o.list[0] + o.list[1]; }`,
    ],
    [
      "what a Map has for a key",
      `export function f(x) { const m = new Map([["a", 1]]); if (x > 0) m.set("a", x * 2); return m.get("a"); }`,
    ],
    [
      "by a setter",
      `class Box { v = 1; set twice(v) { this.v = v * 2; } }
       export function f(x) { const b = new Box(); if (x > 0) b.twice = x; return b.v; }`,
    ],
    [
      "by a pattern",
      `export function f(x) { const o = { a: 1, b: 2 }; if (x > 0) { [o.a, o.b] = [o.b, x]; } return o.a * 10 + o.b; }`,
    ],
    [
      "by Object.assign",
      `export function f(x) { const o = { a: 1, b: 2 }; if (x > 0) Object.assign(o, { b: x }); return o.a + o.b; }`,
    ],
    [
      "a field whose value counts",
      `let count = 0; class Node { id = count++; }
       export function f(x) { count = 0; if (x > 0) new Node(); return count; }`,
    ],
    [
      "in a parameter's default",
      `let count = 0; const next = (n = (count += 2)) => n;
       export function f(x) { count = 0; const y = x > 0 ? next() : 5; return count * 10 + y; }`,
    ],
    [
      "on the right of && and ||",
      `export function f(x) { let n = 0; const log = { n: 0 }; const up = () => { log.n++; return x > 1; }; if (x > 0 && up()) n = 1; if (x > 0 || up()) n += 2; return log.n * 10 + n; }`,
    ],
    [
      "in nested conditions",
      `let total = 0; const add = (v) => { total += v; };
       export function f(x) { total = 0; if (x > 0) { add(1); if (x > 1) { add(x); } add(3); } else add(7); return total; }`,
    ],
    [
      "after an early return",
      `const state = { n: 0 };
       export function f(x) { state.n = 0; const g = () => { if (x > 0) return 1; state.n = 5; return 2; }; const r = g(); return r * 10 + state.n; }`,
    ],
    [
      "by helpers with state of their own",
      `const sum = (list) => { let s = 0; list.forEach((v) => { s = s + v; }); const seen = []; for (const v of list) seen.push(v); return s + seen.length; };
       export function f(x) { return x > 0 ? sum([x, 1, 2]) : sum([x]); }`,
    ],
    [
      "in what is made on the way",
      `class Stack { items = []; push(v) { this.items.push(v); return this; } total() { return this.items.reduce((a, b) => a + b, 0); } }
       const make = () => new Stack();
       export function f(x) { if (x > 0) { const s = make().push(x).push(2); return s.total(); } return make().total() + x; }`,
    ],
  ])("%s", async (_, source) => {
    await bothWays(source, ...POINTS.map((x) => [x]));
  });

  test.each([
    [
      "a counter of another function",
      `const make = () => { let n = 0; return { up() { n += 1; }, get: () => n }; };
       export function f(x) { const c = make(); let y = x; while (y > 0) { c.up(); y = y - 1; } return c.get() * 10 + y; }`,
    ],
    [
      "properties and elements",
      `export function f(x) { const o = { best: 0, list: [0, 1] }; let y = x; while (y > 0) { o.best = y; o.list[1] = o.list[1] * 2; y = y - 1; } return o.best + o.list[1]; }`,
    ],
    [
      "a private field, and things made in each iteration",
      `class Sum { #n = 0; add(v) { this.#n = this.#n + v; return this; } get() { return this.#n; } }
       export function f(x) { const all = new Sum(); let y = x; while (y > 0) { const one = new Sum(); one.add(y).add(1); all.add(one.get()); y = y - 1; } return all.get(); }`,
    ],
    [
      "through a condition in it",
      `let odd = 0; const note = () => { odd = odd + 1; };
       export function f(x) { odd = 0; for (let i = 0; i < x; i++) { if (i % 2 > 0) note(); } return odd + x; }`,
    ],
  ])("in each iteration of a loop: %s", async (_, source) => {
    await bothWays(source, ...POINTS.map((x) => [x]));
  });

  test("with the gradient of that way", async () => {
    await slopes(
      `const grow = (o, v) => { o.size = o.size * v; };
       export function f(x) { const o = { size: x }; if (x > 0) grow(o, x); else grow(o, 3); return o.size; }`,
      2.5,
      -1,
    );
    await slopes(
      `export function f(x) { const o = { y: x }; let n = x; while (n > 1) { o.y = o.y * x; n = n - 1; } return o.y; }`,
      0.5,
      2.5,
      3.5,
    );
  });
});

test("what another module does to the objects it is given is noted too", async () => {
  const { exports } = runTransformed(
    `import { put, drop } from "./others.js";
export function f(x) { const o = { p: 1 }, list = [x, 2]; if (x > 0) { put(o, "p", x * 3); put(list, 1, x); } return o.p + list[1]; }
export function g(x) { const list = [1]; if (x > 0)
  drop(list); return list.length; }
export function h(x) { const it = [1, 2].values(); if (x > 0)
  it.next(); return it.next().value; }`,
    "model.ts",
    { force: true },
    {
      put: (o: Record<string, unknown>, key: string, value: unknown) => (o[key] = value),
      drop: (list: unknown[]) => list.pop(),
    },
  );
  const { f, g, h } = exports;
  for (const x of [2, -2]) {
    expect(await f(tensor(x)).item()).toBe(f(x));
    expect(await jit(f)(tensor(x)).item()).toBe(f(x));
  }
  expect([g(1), h(1)]).toEqual([0, 2]);
  expect(() => g(tensor(1))).toThrow(/W1056[^]*model.ts:3:/);
  expect(() => h(tensor(1))).toThrow(/W1056\]: next\(\) changes an Array Iterator[^]*model.ts:6:3/);
});

test("a call that fails leaves what it changed elsewhere as it was", () => {
  const { exports } = runTransformed(`export const state = { n: 1, list: [1] };
let hidden = 1; const up = () => { hidden++; };
export const read = () => hidden;
export function f(x) { if (x > 0) { state.n = 2; up(); state.list.push(x); } return x; }`);
  expect(() => jit(exports.f)(tensor(1))).toThrow("W1056");
  expect(exports.state).toEqual({ n: 1, list: [1] });
  expect(exports.read()).toBe(1);
});

test("outside of conditions nothing is noted, and objects are the very objects", () => {
  const { exports } = runTransformed(`const log = [];
export class C { #n = 0; up() { this.#n++; log.push(this.#n); return this; } static log = log; }`);
  const c = new exports.C();
  expect(c.up().up()).toBe(c);
  expect(exports.C.log).toEqual([1, 2]);
});
