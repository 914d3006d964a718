import { beforeAll, describe, expect, test } from "vitest";
import { init, jit, tensor } from "../index.js";
import { bothWays } from "./testing/both-ways.js";
import { runTransformed } from "./testing/run-transformed.js";

// Where JavaScript takes any object for true, or for no number, without asking it.

beforeAll(async () => void (await init({ device: "cpu" })));

const POINTS = [2.5, 0.25, 0, -0.75, -3];

describe("means on tensors what it means on numbers:", () => {
  test.each([
    ["||= of a property", `export function f(x) { const o = { p: x * 1 }; o.p ||= x + 5; return o.p; }`],
    [
      "&&= of an element, once",
      `export function f(x) { let n = 0; const list = [x * 1]; const at = () => (n++, 0); list[at()] &&= x + 5; return list[0] * 10 + n; }`,
    ],
    [
      "||= of a private field",
      `class C { #p; constructor(p) { this.#p = p; } get() { this.#p ||= 7; return this.#p; } } export function f(x) { return new C(x * 1).get(); }`,
    ],
    [
      "&&= of a property that super has",
      `class A { set p(v) { this.q = v; } get p() { return this.q; } } class B extends A { up() { super.p &&= 3; return this; } }
       export function f(x) { const b = new B(); b.p = x * 1; return b.up().q; }`,
    ],
    [
      "??= of a property",
      `export function f(x) { const o = { p: x * 1, q: null }; o.p ??= 7; o.q ??= x; return o.p + o.q; }`,
    ],
    [
      "||= and &&= that assign nothing",
      `export function f(x, n = 0) { let sets = 0; const o = { get p() { return 1; }, set p(v) { sets++; }, get q() { return n; }, set q(v) { sets++; } }; o.p ||= x; o.q &&= x; return sets + x; }`,
    ],
    ["Boolean", `export function f(x) { return Boolean(x) ? 1 : 2; }`],
    [
      "a compound assignment to a private field",
      `class C { #p = 1; up(x) { this.#p += x; return this.#p++ + ++this.#p; } } export function f(x) { return new C().up(x); }`,
    ],
    ["a comma", `export function f(x) { let n = 0; if ((n++, x > 0)) n = 5; return n; }`],
    [
      "typeof and instanceof beside it",
      `export function f(x) { return typeof x === "string" || x instanceof Date ? 1 : x > 0 ? 2 : 3; }`,
    ],
    ["a default", `export const g = (a, b = a > 0 ? a : -a) => b * 2; export function f(x) { return g(x); }`],
    [
      "a destructured default",
      `export function f(x) { const { a = x > 0 ? 1 : 2, b } = { b: x }; return a + b; }`,
    ],
    [
      "a computed class member",
      `export function f(x) { class A { static n = x > 0 ? 1 : 2; m = x * 2; } return A.n + new A().m; }`,
    ],
    [
      "try and finally around it",
      `export function f(x) { let y = 0; try { if (x > 0) y = x; else y = 1; } finally { y = y + 1; } return y; }`,
    ],
    ["a label", `export function f(x) { let y = 0; a: { if (y > 0) break a; if (x > 0) y = x; } return y; }`],
    [
      "a generator that does not wait in between",
      `function* g(x) { let y = 0; if (x > 0) y = x; yield y; yield -y; } export function f(x) { const [a, b] = [...g(x)]; return a * 2 + b; }`,
    ],
    ["exponent assignment", `export function f(x) { let y = x + 4; y **= 2; return y; }`],
    ["a getter", `export function f(x) { const o = { get p() { return x > 0 ? x : 1; } }; return o.p; }`],
    [
      "a tagged template",
      `const tag = (parts, v) => v * parts.length; export function f(x) { return tag\`a\${x}b\`; }`,
    ],
    ["spread arguments", `export function f(x) { return Math.max(...[x, 1], 0); }`],
    [
      "a function that is hoisted into a branch",
      `export function f(x) { let r = 0; if (x > 0) { r = g(); function g() { return x * 2; } } return r; }`,
    ],
    [
      "optional calls",
      `export function f(x) { const o = { g: (v) => v * 2 }; return (o.g?.(x) ?? 0) + (o.h?.(x) ?? 1); }`,
    ],
    [
      "a Math of one's own",
      `export function f(x) { const Math = { abs: (v) => v + 1 }; return Math.abs(x); }`,
    ],
    [
      "a loop's own variables in functions",
      `export function f(x) { const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i * x); return fs[0]() + fs[2](); }`,
    ],
  ])("%s", async (_, source) => {
    await bothWays(source, ...POINTS.map((x) => [x]));
  });
});

describe("elements in an optional chain", () => {
  test("are a tensor's rows, an array's elements, and undefined of nothing", async () => {
    const { exports } = runTransformed(`let calls = 0;
export const key = (k) => (calls++, k);
export const count = () => calls;
export const f = (x, k) => x?.[k];
export const g = (o, k) => o?.p[k].q?.[k]?.length;
export const h = (x, k) => x?.[key(k)].sum() ?? "none";
export const self = (o) => o?.["p"]?.[0]?.get?.();
export const push = (o, k) => o?.[k].push(1);
export const wait = async (o, k) => o?.[await k];`);
    const { f, g, h } = exports;
    const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
    expect(await f(x, 1).toArray()).toEqual([3, 4]);
    expect(await f(x, tensor(1, { dtype: "int32" })).toArray()).toEqual([3, 4]);
    expect(f([5, 6], 1)).toBe(6);
    expect(f({ a: 1 }, "a")).toBe(1);
    expect([f(null, 0), f(undefined, 0), g(null, 0)]).toEqual([undefined, undefined, undefined]);
    expect(g({ p: [{ q: ["abc"] }] }, 0)).toBe(3);
    expect(g({ p: [{ q: null }] }, 0)).toBe(undefined);
    expect(() => g({ p: [] }, 0)).toThrow(TypeError);
    expect([await h(x, 0).item(), h(undefined, 0), exports.count()]).toEqual([3, "none", 1]);
    expect(exports.self({ p: [{ v: 4, get() { return this.v; } }] })).toBe(4); // prettier-ignore
    const lists = [[0]];
    expect([exports.push(lists, 0), exports.push(null, 0), lists]).toEqual([2, undefined, [[0, 1]]]);
    expect(await exports.wait([7], 0)).toBe(7);
    await expect(exports.wait(x, 0)).rejects.toThrow(/W1054[^]*model.ts:9:/);
  });
});

describe("is refused at its line:", () => {
  test.each([
    ["some", "W1054", `return [x, 1].some((v) =>\nv > 5) ? 1 : 2;`, 2],
    ["filter with a block", "W1054", `return [1].filter(\n(v) => { return v < x; }).length;`, 1],
    ["find with a function of the file", "W1054", `const is = (v) => v > x; return [9].find(\nis);`, 9],
    [
      "every with early returns",
      "W1054",
      `return [1].every(\nfunction (v) { if (v > x) return false; return true; }) ? 3 : 4;`,
      3,
    ],
    ["a tensor as a case", "W1054", `switch (true) {\ncase x > 0: return 1; default: return 2; }`, 1],
    ["||= of a function", "W1054", `let g = x;\ng ||= () => 1; return g;`, 2.5],
    ["Number.isNaN", "W1001", `const r =\nNumber.isNaN(x) ? 1 : 2; return r;`, 2],
    ["the length of an array", "W1001", `const r =\nnew Array(Math.floor(x)).length; return r;`, 2],
    ["sort with a tensor's order", "W1001", `const r =\n[x, 2].sort((a, b) => a - b)[0]; return r;`, 2],
    ["a text", "W1001", `const r =\n\`\${x}\`.length; return r;`, 3],
    ["a key", "W1001", `const r =\n({ [x]: 7 })[2.5]; return r;`, 7],
    ["in", "W1001", `const r =\nx in { 2.5: 1 } ? 1 : 0; return r;`, 1],
    ["Number", "W1001", `const r =\nNumber(x); return r;`, 2.5],
    ["JSON", "W1001", `const r =\nJSON.stringify([x]).length; return r;`, 5],
  ])("%s", (_, code, body, expected) => {
    const { exports } = runTransformed(`export function f(x) { ${body} }`);
    expect(exports.f(2.5)).toBe(expected);
    for (const f of [exports.f, jit(exports.f)]) {
      expect(() => f(tensor(2.5))).toThrow(new RegExp(code));
      if (code === "W1054") expect(() => f(tensor(2.5))).toThrow(/model.ts:2:/);
    }
  });

  test("&&= and ||= that wait", async () => {
    const { exports } = runTransformed(`export async function f(x, o = { p: x }) {
  o.p ||= await 1;
  return o.p;
}
export async function g(x) {
  x &&= await 7;
  return x;
}`);
    expect([await exports.f(0), await exports.f(2), await exports.g(0), await exports.g(1)]).toEqual([
      1, 2, 0, 7,
    ]);
    await expect(exports.f(tensor(0))).rejects.toThrow(/W1054[^]*model.ts:2:3/);
    await expect(exports.g(tensor(0))).rejects.toThrow(/W1054[^]*model.ts:6:3/);
  });
});
