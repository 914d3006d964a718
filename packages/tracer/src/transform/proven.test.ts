import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { init, inspect, jit, stats, type Tensor, tensor } from "../index.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const weftjs = "weftjs";

async function number(x: Tensor): Promise<number> {
  return (await x.data())[0]!;
}

let calls = 0;
beforeEach(() => void (calls = 0));

/** How many calls of those made were skipped. */
async function skips(f: (...args: never[]) => unknown, ...calls: (readonly unknown[])[]): Promise<number> {
  const before = stats(f).skips;
  for (const args of calls) f(...(args as never[]));
  return stats(f).skips - before;
}

describe("a proven function", () => {
  const source = `import { grad, jit, matmul } from "${weftjs}";
const scale = 2;
const loss = (w, x) => ((matmul(x, w) * scale - 1) ** 2).mean();
export const step = jit(({ w }, x, lr) => {
  const g = grad(loss)(w, x);
  return { w: w - lr * g, x };
});`;

  test("skips its replay where arguments are equal in structure, shapes, dtypes and numbers", async () => {
    const { exports } = runTransformed(source);
    const [w, x] = [tensor([[1], [2]]), tensor([[3, 4]])];
    const plain = exports.step({ w }, x, 0.1);
    expect(await skips(exports.step, [{ w }, x, 0.1], [{ w }, x, 0.1])).toBe(1);
    const other = tensor([[5], [6]]);
    const skipped = exports.step({ w: other }, x, 0.1);
    expect(stats(exports.step).skips).toBe(2);
    const fresh = runTransformed(source).exports.step({ w: other }, x, 0.1);
    expect(Array.from(await skipped.w.data())).toEqual(Array.from(await fresh.w.data()));
    expect(Array.from(await plain.w.data())).not.toEqual(Array.from(await skipped.w.data()));
    expect(skipped.x).toBe(x);
  });

  test("that is async runs each time: it gives a promise", async () => {
    const text = `import { jit } from "${weftjs}";
export const f = jit(async (x) => { const y = x * 2; await y.sum().item(); return y + 1; });
export const g = jit(async (x) => x * 3);`;
    const { exports } = runTransformed(text);
    for (let k = 0; k < 4; k++) {
      expect(await number(await exports.f(tensor([k])))).toBe(2 * k + 1);
      expect(await number(await exports.g(tensor([k])))).toBe(3 * k);
    }
  });

  test("is replayed for another number, shape or structure", async () => {
    const { exports } = runTransformed(source);
    const [w, x] = [tensor([[1], [2]]), tensor([[3, 4]])];
    const call = [{ w }, x, 0.1];
    expect(await skips(exports.step, call, call, call)).toBe(1);
    expect(await skips(exports.step, [{ w }, x, 0.2])).toBe(0);
    expect(
      await skips(exports.step, [
        { w },
        tensor([
          [1, 2],
          [3, 4],
        ]),
        0.1,
      ]),
    ).toBe(0);
    expect(await skips(exports.step, [{ w, b: 1 }, x, 0.1])).toBe(0);
  });

  test("is replayed where one tensor takes the place of two", async () => {
    const { exports } = runTransformed(
      `import { jit } from "${weftjs}"; export const f = jit((a, b) => a + b);`,
    );
    const [a, b] = [tensor([1]), tensor([2])];
    expect(await skips(exports.f, [a, b], [a, b], [a, b])).toBe(1);
    expect(await skips(exports.f, [a, a])).toBe(0);
    expect(await number(exports.f(a, a))).toBe(2);
    expect(await number(exports.f(b, a))).toBe(3);
  });

  test("is replayed when what it captures has changed, through functions and objects", async () => {
    const { exports } = runTransformed(`import { jit } from "${weftjs}";
      let factor = 2;
      const config = { offsets: [1] };
      function helper(x) { return x * factor + config.offsets[0]; }
      export const f = jit((x) => helper(x));
      export const change = (value) => { factor = value; };
      export const offset = (value) => { config.offsets[0] = value; };`);
    const x = tensor([3]);
    expect(await skips(exports.f, [x], [x], [x])).toBe(1);
    exports.change(5);
    expect(await number(exports.f(x))).toBe(16);
    exports.offset(10);
    expect(await number(exports.f(x))).toBe(25);
    exports.f(x);
    expect(await skips(exports.f, [x])).toBe(1);
  });

  test("keeps the tensors that it makes from data", async () => {
    const { exports } = runTransformed(`import { jit, tensor } from "${weftjs}";
      export const f = jit((x) => x + tensor([10]));`);
    const x = tensor([3]);
    expect(await skips(exports.f, [x], [x], [x])).toBe(1);
    expect(await number(exports.f(x))).toBe(13);
  });
});

describe("a function is not proven if it", () => {
  test.each([
    [
      "assigns a variable of the module",
      "count = count + 1; return x * count;",
      /it assigns count at model.ts:4/,
    ],
    ["asks for chance", "return x * Math.random();", /Math.random gives another number each time/],
    ["reads an unknown global", "return x * Date.now();", /it reads Date/],
    ["changes an argument", "o.seen = true; return x * 2;", /changes an object that others can see/],
    ["pushes into a captured array", "list.push(1); return x * 2;", /push\(\) changes what others can see/],
    ["calls an unknown method", "return x * o.step();", /the method step is not known/],
    [
      "captures an instance of a class",
      "return x * counter.n;",
      /captures counter, which holds an object of a class/,
    ],
    [
      "calls a function that is not transformed",
      "return outer(x);",
      /was not transformed; pure\(f\) vouches for it/,
    ],
  ])("%s", async (_, body, reason) => {
    (globalThis as { outerOfTest?: unknown }).outerOfTest = (x: Tensor) => x.mul(2);
    const { exports } = runTransformed(`import { jit } from "${weftjs}";
      let count = 0; const list = []; const counter = new (class { n = 1 })(); const outer = globalThis.outerOfTest;
      export const f = jit((x, o) => {
        ${body}
      });`);
    const x = tensor([3]);
    const o = { seen: false, step: () => 2 };
    expect(await skips(exports.f, [x, o], [x, o], [x, o])).toBe(0);
    expect(String((await inspect(exports.f, x, o)).proof)).toMatch(reason);
  });
});

test("inspect says that a function is proven, and of which functions it is made", async () => {
  const { exports } = runTransformed(`import { jit } from "${weftjs}";
    const twice = (x) => x * 2;
    function f(x) { return twice(x) + 1; }
    export const g = jit(f);`);
  expect((await inspect(exports.g, tensor([1]))).proof).toBe("f, twice: proven, equal calls skip the replay");
});

test("pure vouches for a helper from elsewhere", async () => {
  const { exports } = runTransformed(`import { jit, pure } from "${weftjs}";
    const helper = pure(globalThis.outerOfTest);
    export const f = jit((x) => helper(x));`);
  const x = tensor([3]);
  expect(await skips(exports.f, [x], [x], [x])).toBe(1);
});

test("a function that was not transformed replays", async () => {
  const f = jit((x: Tensor) => (calls++, x.mul(2)));
  for (let k = 0; k < 4; k++) f(tensor([1]));
  expect(calls).toBe(4);
});
