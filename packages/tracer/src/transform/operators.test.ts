import { beforeAll, describe, expect, test } from "vitest";
import { grad, init, jit, type Tensor, tensor } from "../index.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

async function numbers(x: Tensor): Promise<number[]> {
  return Array.from(await x.data());
}

const BINARY = ["+", "-", "*", "/", "%", "**", "<", "<=", ">", ">="];

describe("an operator on tensors", () => {
  test.each(BINARY)("%s gives what it gives on each pair of numbers", async (operator) => {
    const { exports } = runTransformed(`export const f = (a, b) => a ${operator} b;`);
    const [a, b] = [
      [1, -7, 5, -8, 0],
      [2, 3, -3, -5, 4],
    ];
    const plain = new Function("a", "b", `return Number(a ${operator} b)`) as (
      a: number,
      b: number,
    ) => number;
    const expected = a.map((x, k) => Math.fround(plain(x, b[k]!)));
    expect(await numbers(exports.f(tensor(a), tensor(b)))).toEqual(expected);
    expect(await numbers(jit(exports.f)(tensor(a), tensor(b)))).toEqual(expected);
    const withNumber = a.map((x) => Math.fround(plain(x, 3)));
    expect(await numbers(exports.f(tensor(a), 3))).toEqual(withNumber);
    expect(exports.f(7, 3)).toBe(new Function(`return 7 ${operator} 3`)());
  });

  test.each(["&", "|", "^", "<<", ">>", ">>>"])("%s works on integers", async (operator) => {
    const { exports } = runTransformed(`export const f = (a, b) => a ${operator} b;`);
    const plain = new Function("a", "b", `return a ${operator} b`) as (a: number, b: number) => number;
    const a = [6, -1, 255, 1];
    const result = await numbers(exports.f(tensor(a, { dtype: "int32" }), 3));
    expect(result).toEqual(a.map((x) => plain(x, 3)));
  });

  test("- ! and ~ work on one", async () => {
    const { exports } = runTransformed(`export const f = (x, b, i) => [-x, !b, ~i];`);
    const [negated, inverted, bits] = exports.f(
      tensor([1, -2]),
      tensor([true, false]),
      tensor([5], { dtype: "int32" }),
    );
    expect(await numbers(negated)).toEqual([-1, 2]);
    expect(await numbers(inverted)).toEqual([0, 1]);
    expect(await numbers(bits)).toEqual([-6]);
  });

  test("the gradient of % for its left side is 1 everywhere", async () => {
    const { exports } = runTransformed(`export const f = (x) => (x % 3).sum();`);
    expect(await numbers(grad(exports.f)(tensor([-4, 0, 4])) as Tensor)).toEqual([1, 1, 1]);
  });

  test("% of infinity keeps what it divides", async () => {
    const { exports } = runTransformed(`export const f = (x) => x % Infinity;`);
    expect(await numbers(exports.f(tensor([-4, 4])))).toEqual([-4, 4]);
  });
});

describe("assignment", () => {
  test("compound assignment gives the variable a new tensor", async () => {
    const { exports } = runTransformed(`
      export function f(x) {
        x += 1; x *= 2; x -= 3; x /= 4; x **= 2;
        return x;
      }`);
    expect(await numbers(exports.f(tensor([1, 2])))).toEqual([0.0625, 0.5625]);
  });

  test("the left side of a compound assignment is evaluated once", async () => {
    const { exports } = runTransformed(`
      export function f(x) {
        let count = 0;
        const list = [x, x];
        list[count++] += 1;
        const key = () => (count++, "p");
        const o = { p: x };
        o[key()] *= 3;
        o.p -= 1;
        return [list, count, o.p];
      }`);
    const [list, count, p] = exports.f(tensor([1]));
    expect(count).toBe(2);
    expect(await numbers(list[0])).toEqual([2]);
    expect(await numbers(list[1])).toEqual([1]);
    expect(await numbers(p)).toEqual([2]);
  });

  test("++ and -- count a tensor up and down, in front and behind", async () => {
    const { exports } = runTransformed(`
      export function f(x) {
        const before = x++;
        const after = ++x;
        const o = { x };
        const kept = o.x--;
        return [before, after, o.x, kept];
      }`);
    const parts = exports.f(tensor([1])) as Tensor[];
    expect(await Promise.all(parts.map(numbers))).toEqual([[1], [3], [2], [3]]);
  });

  test("a part of a tensor cannot be assigned to", () => {
    const { exports } = runTransformed(`export const set = (x) => { x[0] = 1; };
      export const add = (x) => { x[0] += 1; };`);
    expect(() => exports.set(tensor([1]))).toThrow(/W1051[^]*model.ts:1:29/);
    expect(() => exports.add(tensor([1]))).toThrow(/W1051[^]*model.ts:2:35/);
  });
});

describe("elements", () => {
  test("x[i] is a part of a tensor and an element of anything else", async () => {
    const { exports } = runTransformed(`export const f = (x, i) => x[i];`);
    expect(
      await numbers(
        exports.f(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          1,
        ),
      ),
    ).toEqual([3, 4]);
    expect(await numbers(exports.f(tensor([5, 6, 7]), tensor([2, 0], { dtype: "int32" })))).toEqual([7, 5]);
    expect(exports.f([1, 2], 1)).toBe(2);
    expect(exports.f("ab", 0)).toBe("a");
    expect(exports.f({ a: 1 }, "a")).toBe(1);
  });

  test("x.at(-1) and a property by name are left alone", async () => {
    const { exports, code } = runTransformed(`export const f = (x) => [x.at(-1), x["shape"]];`);
    expect(code).not.toContain("element");
    const [last, shape] = exports.f(tensor([1, 2]));
    expect(await numbers(last)).toEqual([2]);
    expect(shape).toEqual([2]);
  });

  test("a tensor as a key is refused at its line", () => {
    const { exports } = runTransformed(`export const f = (list, x) =>
      list[x];`);
    expect(() => exports.f([1], tensor(0))).toThrow(/W1001[^]*model.ts:2:7/);
  });
});

describe("equality", () => {
  test.each(["===", "!==", "==", "!="])("%s with a tensor is refused at its line", (operator) => {
    const { exports } = runTransformed(`export const f = (a, b) =>
      a ${operator} b;`);
    expect(() => exports.f(tensor(1), 1)).toThrow(/W1050[^]*model.ts:2:7/);
    expect(() => exports.f(tensor(1), tensor(1))).toThrow("W1050");
    expect(exports.f(tensor(1), null)).toBe(operator.startsWith("!"));
    expect(exports.f(1, 1)).toBe(!operator.startsWith("!"));
  });
});

describe("Math", () => {
  test("its functions take tensors", async () => {
    const { exports } = runTransformed(
      `export const f = (x) => [Math.exp(x), Math.max(x, 0, 1), Math.round(x), Math.hypot(x, 4)];`,
    );
    const parts = exports.f(tensor([-3, 2.5])) as Tensor[];
    const [exp, max, round, hypot] = await Promise.all(parts.map(numbers));
    expect(exp![0]).toBeCloseTo(Math.exp(-3), 6);
    expect(max).toEqual([1, 2.5]);
    expect(round).toEqual([-3, 3]);
    expect(hypot![0]).toBeCloseTo(5, 6);
    expect(exports.f(2)[0]).toBe(Math.exp(2));
  });

  test("a function that has no meaning for tensors says so", () => {
    const { exports } = runTransformed(`export const f = (x) => Math.clz32(x);`);
    expect(() => exports.f(tensor([1]))).toThrow("W1052");
    expect(exports.f(1)).toBe(31);
  });

  test("a variable called Math is the user's own", () => {
    const { exports } = runTransformed(
      `const Math = { exp: (x) => "own " + x }; export const f = (x) => Math.exp(x);`,
    );
    expect(exports.f(1)).toBe("own 1");
  });
});

test("the error of an op stands at its operator", () => {
  const { exports } = runTransformed(`export function f(a, b) {
  const c = a * 2;
  return c +
    b;
}`);
  expect(() => exports.f(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(/model.ts:3:10/);
  expect(() => jit(exports.f)(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(/model.ts:3:10/);
});
