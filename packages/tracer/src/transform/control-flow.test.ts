import { beforeAll, describe, expect, test } from "vitest";
import { grad, init, jit, stats, type Tensor, tensor } from "../index.js";
import { bothWays } from "./testing/both-ways.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

async function number(x: Tensor): Promise<number> {
  return (await x.data())[0]!;
}

describe("a tensor decides as a number would:", () => {
  test.each([
    ["if", `export function f(x) { let y = x * 2; if (x > 0) { y = y + 1; } return y; }`],
    ["if and else", `export function f(x) { let y = 0; if (x > 0) y = x + 1; else y = -x; return y; }`],
    [
      "else if",
      `export function f(x) { let y; if (x > 1) y = x; else if (x > 0) { y = x * 2 } else y = -x; return y; }`,
    ],
    [
      "nested",
      `export function f(x) { let y = x; if (x > 0) { if (x > 1) { y = x * 3; } y = y + 1; } return y; }`,
    ],
    ["?:", `export const f = (x) => x > 0 ? x * 2 : x > -1 ? x * 3 : -x;`],
    ["an early return", `export function f(x) { if (x > 0) return x * 2; return x - 1; }`],
    [
      "chained early returns",
      `export function f(x) { if (x > 1) return x * 2; const y = x + 1; if (y > 0.5) { return y } return y - x; }`,
    ],
    [
      "an early return in a nested condition",
      `export function f(x) { let y = x; if (x > 0) { if (x > 1) return x * 5; y = y + 1; } else { y = y - 1 } y = y * 2; return y; }`,
    ],
    [
      "an early return in a plain condition",
      `export function f(x, n = 1) { let y = x; if (n === 1) { if (x > 1) return x * 5; y = y + 1; } y = y * 2; return y; }`,
    ],
    [
      "an early return in else",
      `export function f(x) { let y = x; if (x > 0) y = y + 7; else return y; return y * 2; }`,
    ],
    ["&& and ||", `export function f(x) { let y = x; if (x > 0 && x < 1 || x < -1) y = x * 10; return y; }`],
    ["!", `export function f(x) { return !(x > 0) ? x * 2 : x; }`],
    ["the value of a number", `export function f(x) { return x ? x * 2 : x + 5; }`],
    ["values of && and ||", `export const f = (x) => (x && x * 2) + (x || x + 3);`],
    [
      "closures assigned in branches",
      `export function f(x) { let y = x; const get = () => y; if (x > 0) { y = y * 3; } return get() + y; }`,
    ],
    [
      "&&= and ||=",
      `export function f(x) { let y = x * 1, z = x * 0; y &&= x + 1; z ||= x + 5; return y * z; }`,
    ],
    [
      "a flag that a branch sets",
      `export function f(x) { let found = false; if (x > 0) found = true; if (found) return x + 1; return x * 2; }`,
    ],
    [
      "a choice between literals",
      `export function f(x) { const up = x > 0 ? true : false; const k = x > 1 ? 3 : 4; if (up) return k * 2; return k; }`,
    ],
    [
      "a number that a branch, a loop or a function sets",
      `export function f(x) { let k = 0, i = 0, n = 0; const up = () => { n = 2; }; if (x > 0) { k = 1; up(); } while (i < x) i++; return k * 10 + i + n * 100; }`,
    ],
    [
      "a number that is set where an early return did not happen",
      `export function f(x) { let k = 0; const get = () => k; const g = () => { if (x > 0) return 1; k = 3; return 2; }; return g() * 10 + get() * 100; }`,
    ],
    [
      "a number in the head of a loop",
      `export function f(x) { let s = 0; for (let i = 0; i < x; i++) s += i; return s; }`,
    ],
    ["while", `export function f(x) { let n = x * 1; while (n > 1) { n = n / 2; } return n; }`],
    ["do while", `export function f(x) { let n = x * 1; do n = n - 1; while (n > 1); return n; }`],
    [
      "for",
      `export function f(x) { let s = x * 0; for (let i = x * 0; i < x; i++) { s = s + i; } return s; }`,
    ],
    [
      "continue",
      `export function f(x) { let s = x * 0; for (let i = x * 0; i < x; i++) { if (i > 2) continue; s = s + i; } return s; }`,
    ],
    [
      "a number that becomes a tensor in a loop",
      `export function f(x) { let e = 1; while (e > 0.1) { const n = x - (x * x - 2) / (2 * x); e = n > x ? n - x : x - n; x = n; } return x; }`,
    ],
  ])("%s", async (_, source) => {
    await bothWays(source, [2.5], [0.25], [-0.75], [-3], [5], [0.5], [1.5]);
  });
});

describe("on the device", () => {
  const source = `import { abs } from "${"weftjs"}";
export function newton(x, tol = 1e-6) {
  let err = 1;
  while (err > tol) { const next = x - (x * x - 2) / (2 * x); err = abs(next - x); x = next; }
  return x;
}
export function root(x) { if (x > 0) return Math.sqrt(x); return x * 3; }`;

  test("a loop goes on until it converges, however often that takes", async () => {
    const { newton } = runTransformed(source).exports;
    for (const f of [newton, jit(newton)]) {
      for (const start of [1, 30, 1.4]) expect(await number(f(tensor(start)))).toBeCloseTo(Math.SQRT2, 5);
    }
  });

  test("a branch that flips between calls costs no read, and has the gradient of the way that is taken", async () => {
    const slope = jit(grad(runTransformed(source).exports.root)) as (x: Tensor) => Tensor;
    const { reads } = stats();
    const slopes = [4, -4, 9].map((x) => slope(tensor(x)));
    expect(stats().reads).toBe(reads);
    expect(await Promise.all(slopes.map(number))).toEqual([0.25, 3, Math.fround(1 / 6)]);
    expect(stats(slope).traces).toBe(1);
  });

  test("what differs in kind is refused with the variable's name: W1053", () => {
    const { exports } = runTransformed(`export function f(x) {
      let y = x;
      if (x > 0) y = [x, x];
      return y;
    }`);
    expect(() => exports.f(tensor(1))).toThrow(/W1053[^]*y is an array of 2 .*f32\[\][^]*model.ts:3:11/);
  });
});
