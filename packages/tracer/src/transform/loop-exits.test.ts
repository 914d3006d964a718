import { beforeAll, describe, expect, test } from "vitest";
import { grad, init, jit, stats, type Tensor, tensor } from "../index.js";
import { bothWays, slopes } from "./testing/both-ways.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const POINTS = [2.5, 0.25, -0.75, -3, 5, 1.5];

describe("a tensor decides how a loop is left:", () => {
  test.each([
    [
      "while (true) with a break",
      `export function f(x) { let y = x; while (true) { y = y + 1; if (y > 4) break; } return y; }`,
    ],
    [
      "a break at the top",
      `export function f(x) { let n = 0; for (;;) { if (x > 3) break; x = x + 1; n++; } return x * 10 + n; }`,
    ],
    [
      "convergence",
      `export function f(x) { x = x * x + 1; while (true) { const next = (x + 2 / x) / 2; const err = Math.abs(next - x); x = next; if (err < 0.001) break; } return x; }`,
    ],
    [
      "continue in a counted loop",
      `export function f(x) { let s = 0; for (let i = 0; i < 5; i++) { if (i > x) continue; s = s + i + 1; } return s; }`,
    ],
    [
      "continue without a block",
      `export function f(x) { let s = 0; for (let i = 0; i < 4; i++) if (x > i) s += i; else continue; return s; }`,
    ],
    [
      "continue in a loop over a list",
      `export function f(x) { let s = 0; for (const v of [1, -2, 3]) { if (v * x > 0) continue; s = s + v; } return s; }`,
    ],
    [
      "a return out of a counted loop",
      `export function f(x) { for (let i = 0; i < 3; i++) { if (x > i * 2) return x * 10 + i; } return x - 1; }`,
    ],
    [
      "a return out of a loop over a list, with what follows",
      `export function f(x) { let s = 0; for (const v of [0, 1, 2]) { s = s + v; if (x > v + 1) return s * 10; } s = s + x; return s; }`,
    ],
    [
      "a break out of a counted loop",
      `export function f(x) { let s = 0, i = 7; for (let i = 0; i < 5; i++) { s = s + i; if (s > x) break; s = s + 0.5; } return s * 10 + i; }`,
    ],
    [
      "a break out of a loop over a list",
      `export function f(x) { let s = 0; for (const v of [1, 2, 3, 4]) { if (s > x) break; s = s + v; } return s; }`,
    ],
    [
      "a break out of a loop over names",
      `export function f(x) { let s = 0; for (const k in { a: 1, b: 2, c: 3 }) { if (s > x) break; s = s + (k === "b" ? 2 : 1); } return s; }`,
    ],
    [
      "break, continue and return in one",
      `export function f(x) { let s = 0; for (let i = 0; i < 6; i++) { if (x > 4) return s + 100; if (i > x + 3) break; if (s > 2) { s = s + 0.25; continue; } s = s + i; } return s; }`,
    ],
    [
      "a break in a loop that a tensor heads",
      `export function f(x) { let n = 0; let y = x; while (y > 0) { y = y - 1; n = n + 1; if (n > 2) break; n = n + 0.5; } return y * 10 + n; }`,
    ],
    [
      "a return in a loop that a tensor heads",
      `export function f(x) { let y = x; while (y > 0) { y = y - 1; if (y > 3) return y * 100; } return y; }`,
    ],
    [
      "a plain break in a loop that a tensor heads",
      `export function f(x, n = 2) { let y = x; while (y > 0) { y = y - 1; if (n === 2) break; } return y; }`,
    ],
    [
      "do while with a break",
      `export function f(x) { let y = x; do { y = y + 1; if (y > 3) break; y = y + 0.5; } while (y < 10); return y; }`,
    ],
    [
      "a loop in a loop, left by return",
      `export function f(x) { let s = 0; for (const a of [1, 2]) { for (const b of [1, 2, 3]) { s = s + a * b; if (s > x + 4) return s * 10 + a; } s = s + 1; } return s; }`,
    ],
    [
      "a loop in a loop, left by break",
      `export function f(x) { let s = 0; for (let a = 0; a < 3; a++) { for (let b = 0; b < 3; b++) { if (s > x) break; s = s + a + b; } if (s > x + 1) continue; s = s + 1; } return s; }`,
    ],
    [
      "a loop in a condition",
      `export function f(x, n = 1) { let s = 1; if (n > 0) { for (let i = 0; i < 3; i++) { if (x > i + 1) return i; s = s * 2; } s = s + 1; } else s = 5; return s + x; }`,
    ],
    [
      "a loop in a condition of a tensor",
      `export function f(x) { let s = 1; if (x > 0) { for (let i = 0; i < 3; i++) { if (x > i + 1) return i; s = s * 2; } s = s + 1; } else s = 5; return s + x; }`,
    ],
    [
      "what closures keep of each iteration",
      `export function f(x) { const fs = []; for (const v of [1, 2, 3]) { fs.push(() => v * x); if (x > 100) continue; } return fs[0]() + fs[2](); }`,
    ],
    [
      "a counter that is seen after the loop",
      `export function f(x) { let k, i = 0; for (k = 0; k < 5; k++) { if (k > x) break; } for (; i < 5; i++) { if (i * 2 > x) break; } return k * 10 + i; }`,
    ],
    [
      "what a Map has, while it is looped over",
      `export function f(x) { const m = new Map([["a", 1], ["b", 2]]); for (const [k, v] of m) { if (x > v) continue; m.set(k, v * 10); } return m.get("a") + m.get("b"); }`,
    ],
    [
      "a list of results",
      `export function f(x) { const out = [0, 0, 0]; for (const [i, v] of [3, 1, 2].entries()) { if (v > x) continue; out[i] = v; } return out[0] * 100 + out[1] * 10 + out[2]; }`,
    ],
    [
      "a counter of another function",
      `export function f(x) { let n = 0; const up = () => { n = n + 1; }; for (let i = 0; i < 4; i++) { up(); if (n > x) break; up(); } return n; }`,
    ],
    [
      "a return of a list",
      `export function f(x) { const g = () => { for (let i = 0; i < 3; i++) { if (x > i) return [i, x]; } return [9, 9]; }; const [a, b] = g(); return a * 100 + b; }`,
    ],
    [
      "a loop that nothing but return ends",
      `const g = (x) => { let y = x; while (true) { if (y < 1) return { a: y, b: [1, y * 2] }; y = y / 2; } };
       export function f(x) { const { a, b } = g(x); return a + b[1] * 10 + b[0]; }`,
    ],
    [
      "state of others in a loop without end",
      `const st = { n: 0 }; const note = (v) => { st.n = st.n + v; };
       export function f(x) { st.n = 0; let y = x + 4; while (true) { note(1); y = y * 0.5 - 0.1; if (y < 0.2) break; note(y); } return st.n; }`,
    ],
    [
      "a variable of the head that the body writes",
      `export function f(x) { let s = 0; for (let i = 0; i < 6; i++) { if (x > i) { i = i + 1; continue; } s = s + i; } return s; }`,
    ],
    [
      "a search that finds nothing to return",
      `export function f(x) { let r = 0; const g = () => { for (const v of [1, 2]) if (x > v) { r = v; return; } r = -1; }; g(); return r; }`,
    ],
    [
      "an outer name behind the head's",
      `export function f(x) { const i = 100; for (let i = 0; i < 2; i++) { if (x > i) return i; } return i; }`,
    ],
    [
      "two heads, and a list made in JavaScript's loop",
      `export function f(x) { let s = 0; const l = []; for (let i = 0, j = 10; i < j; i += 2, j--) { if (i * 2 > x + 4) break; s += j; } for (const v of [1, 2]) { l.push(v * x); if (x > 100) continue; } return s + l.length + l[1]; }`,
    ],
    [
      "methods, and results of functions in it",
      `class M { v = 1; run(x) { for (const k of [1, 2, 3]) { if (x > k) continue; this.v += k; if (this.v > 4) return this.v * 10; } return this.v; } }
       export function f(x) { for (const v of [1, 2]) { const g = () => { if (x > v) return v; return -v; }; if (g() > 0) return g() * 10; } return new M().run(x); }`,
    ],
    [
      "JavaScript's own exits in such a loop",
      `export function f(x, n = 2) { let s = 0; for (const v of [1, 2, 3, 4]) { if (v > n + 1) break; if (v === n) continue; try { if (n === 5) return 7; } finally { s = s + 1; } switch (v) { case 1: s = s + 1; break; default: s = s + 2; } if (x > 3) continue; s = s + v; } return s; }`,
    ],
  ])("%s", async (_, source) => {
    await bothWays(source, ...POINTS.map((x) => [x]));
  });

  test("with the gradient of the way that is taken", async () => {
    await slopes(
      `export function f(x) { let y = x; while (true) { y = y * x; if (y > 20) break; y = y + x; } return y; }`,
      2.5,
      3.1,
    );
    await slopes(
      `export function f(x) { let s = x; for (const v of [1, 2, 3]) { if (s > 5) return s * s; s = s * (x + v); } return s; }`,
      0.3,
      1.4,
      6,
    );
    await slopes(
      `export function f(x) { let s = 0; for (let i = 0; i < 4; i++) { if (x > i) continue; s = s + x * i; } return s; }`,
      1.5,
      2.5,
    );
  });

  test("without a read, in one trace whichever way it goes", async () => {
    const { exports } = runTransformed(`export function newton(x, tol = 1e-6) {
  while (true) {
    const next = x - (x * x - 2) / (2 * x);
    const err = Math.abs(next - x);
    x = next;
    if (err < tol) break;
  }
  return x;
}
export function first(x) { for (const v of [1, 2, 3]) if (x > v) return x * v; return x; }`);
    const { newton, first } = exports;
    const [root, slope] = [jit(newton), jit(grad(first))] as ((x: Tensor) => Tensor)[];
    const { reads } = stats();
    const roots = [1, 30, 1.4].map((x) => root!(tensor(x)));
    const slopes = [0.5, 1.5, 2.5].map((x) => slope!(tensor(x)));
    expect(stats().reads).toBe(reads);
    for (const x of roots) expect(await x.item()).toBeCloseTo(Math.SQRT2, 5);
    expect(await Promise.all(slopes.map((x) => x.item()))).toEqual([1, 1, 1]);
    expect([stats(root!).traces, stats(slope!).traces]).toEqual([1, 1]);
  });
});

describe("is refused at its line:", () => {
  test.each([
    [
      "a jump to a label",
      `a: for (const v of [1, 2]) { for (;;) {\nif (x > v) continue a; break; } } return x;`,
    ],
    [
      "a break out of a switch in a loop",
      `for (const v of [1, 2]) { switch (v) { case 1:\nif (x > v) break; } } return x;`,
    ],
    [
      "a loop over a generator",
      `const g = function* () { yield 1; yield 2; };\nfor (const v of g()) { if (x > v) break; } return x;`,
    ],
    [
      "a return that a try is around",
      `try {\nfor (const v of [1, 2]) { if (x > v) return v; } } finally { x = x + 1; } return x;`,
    ],
    ["a variable that stays after the loop", `for (var v of [1, 2]) {\nif (x > v) break; } return v;`],
  ])("%s", (_, body) => {
    const { exports } = runTransformed(`export function f(x) { ${body} }`);
    const plain = new Function("x", body) as (x: number) => number;
    for (const x of [1.5, 5, 0]) expect(exports.f(x)).toBe(plain(x));
    for (const f of [exports.f, jit(exports.f)]) expect(() => f(tensor(2.5))).toThrow(/W1054[^]*model.ts:2:/);
  });
});
