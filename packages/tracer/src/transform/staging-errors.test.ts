import { beforeAll, describe, expect, test } from "vitest";
import { init, jit, tensor } from "../index.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

describe("what a tensor cannot decide is refused at its line, and works for numbers:", () => {
  test.each([
    ["return out of a try", `try {\n if (x > 0) return 7; } finally { n = 2; } return x;`, 7],
    ["throw", `\nif (x > 3) throw new Error("large"); return x;`, 2.5],
    ["throw after a return", `\nif (x > 1) return x; throw new Error("small");`, 2.5],
    ["a variable declared inside", `\nif (x > 0) { var y = x; } return y;`, 2.5],
    [
      "a closure over the head",
      `const fs = []; for (let i = 0;\ni < x; i++) fs.push(() => i); return fs[1]();`,
      1,
    ],
    ["an assignment in the head", `let k = 0; while (\nk++ < x) n = n + 1; return n;`, 4],
    ["switch", `switch (\nx) { case 2.5: return 1; default: return 2; }`, 1],
  ])("%s", (_, body, expected) => {
    const { exports } = runTransformed(`export function f(x, n = 1) { ${body} }`);
    expect(exports.f(2.5)).toBe(expected);
    expect(() => exports.f(tensor(2.5))).toThrow(/W1054[^]*model.ts:2:/);
    expect(() => jit(exports.f)(tensor(2.5))).toThrow(/W1054[^]*model.ts:2:/);
  });

  test("await and yield", async () => {
    const { exports } = runTransformed(`export async function f(x) {
  if (x > 0) { await null; x = x + 1; }
  return x;
}
export function* g(x) {
  if (x > 0) yield x;
}`);
    expect(await exports.f(1)).toBe(2);
    expect([...exports.g(1)]).toEqual([1]);
    await expect(exports.f(tensor(1))).rejects.toThrow(/W1054[^]*model.ts:2:7/);
    expect(() => [...exports.g(tensor(1))]).toThrow(/W1054[^]*model.ts:6:7/);
  });
});

test("a return in a condition whose rest cannot be compiled leaves only its own function", () => {
  const { exports } = runTransformed(`export function* f(x, n) {
    if (n > 0) {
      if (x > 1) return 1;
      n = n + 1;
    }
    yield n;
    return x;
  }`);
  expect([...exports.f(0, 1)]).toEqual([2]);
  expect([...exports.f(2, 1)]).toEqual([]);
  expect(() => [...exports.f(tensor(2), 1)]).toThrow(/W1054[^]*model.ts:3:11/);
});

test("a condition of several elements is refused: W1055", () => {
  const { exports } = runTransformed(`export const f = (x) =>
    x > 0 && x < 1;
export const g = (x) =>
    x > 0 ? 1 : 2;`);
  expect(() => exports.f(tensor([1, 2]))).toThrow(/W1055[^]*model.ts:2:5/);
  expect(() => exports.g(tensor([1, 2]))).toThrow(/W1055[^]*model.ts:4:5/);
});

describe("only values can depend on a tensor, not how many there are: W1056", () => {
  test.each([
    ["a property that is new", "\nif (x > 0) o.q = x; return x;", /2:5/],
    ["a property that is gone", "\nif (x > 0) delete o.p; return x;", /2:5/],
    ["an element more", "let y = x; while (\ny < 3) { list.push(1); y = y + 1; } return y;", /2:1/],
    ["an element less", "const g = () => list.pop(); \nif (x > 0) g(); return x;", /2:5/],
    ["an entry of a Map", "\nif (x > 0) map.set(x, 1); return x;", /2:5/],
    ["an element of a Set", "\nif (x > 0) set.add(1); return x;", /2:5/],
    ["a number in a typed array", "\nif (x > 0) bytes[0] = 2; return x;", /2:5/],
    ["what nobody can see", "\nif (x > 0) weak.add(o); return x;", /2:12/],
  ])("%s", (_, body, line) => {
    const { exports } =
      runTransformed(`const o = { p: 1 }; const list = [1]; const map = new Map(); const set = new Set();
const weak = new WeakSet(); const bytes = new Uint8Array(2);
export function f(x) { ${body} }`);
    const at = (error: unknown): string =>
      String(error).replace(/model.ts:(\d+)/, (_, n) => `${Number(n) - 2}`);
    for (const f of [exports.f, jit(exports.f)]) {
      let thrown: unknown;
      try {
        f(tensor(1));
      } catch (error) {
        thrown = error;
      }
      expect(at(thrown)).toContain("W1056");
      expect(at(thrown)).toMatch(line);
    }
  });

  test("unless it was made there", async () => {
    const { exports } = runTransformed(`export function f(x) {
  if (x > 0) { const parts = []; parts.push(x); parts[0] = parts[0] * 2; return parts[0]; }
  return x;
}`);
    expect(await exports.f(tensor(2)).item()).toBe(4);
  });
});

test("a variable that a function assigns must be one of which each life is known: W1057", () => {
  const { exports } = runTransformed(`export function f(x) {
  for (let i = 0; i < 2; i++) x > 0 ? (() => { i = 2; })() : 0;
  return x;
}`);
  expect(exports.f(1)).toBe(1);
  expect(() => exports.f(tensor(1))).toThrow(/W1057[^]*model.ts:2:/);
});
