import { beforeAll, expect, test } from "vitest";
import { grad, init, jit, stats, type Tensor, tensor, vjp } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const product = (x: Tensor, y: Tensor): Tensor => x.mul(y);

test("vjp gives the result and a pullback with one gradient a primal", async () => {
  const [out, pullback] = vjp(product, tensor([1, 2]), tensor([3, 4]));
  expect(await out.toArray()).toEqual([3, 8]);
  const [dx, dy] = pullback(tensor([1, 10]));
  expect(await dx.toArray()).toEqual([3, 40]);
  expect(await dy.toArray()).toEqual([1, 20]);
});

test("a pullback is called again after its call has ended, and replays", async () => {
  const [, pullback] = vjp(product, tensor([1, 2]), tensor([3, 4]));
  const before = stats().compilations;
  for (const factor of [1, 2, 3]) {
    expect(await pullback(tensor([factor, factor]))[0].toArray()).toEqual([3 * factor, 4 * factor]);
  }
  expect(stats().compilations - before).toBeLessThanOrEqual(1);
});

test("a pullback inside a jitted function is part of its trace", async () => {
  const f = jit((x: Tensor) => {
    const [out, pullback] = vjp((v: Tensor) => ({ square: v.mul(v), double: v.mul(2) }), x);
    const [first] = pullback({ square: out.square, double: out.double.mul(0) });
    const [second] = pullback({ square: out.square.mul(0), double: out.double });
    return [first, second] as const;
  });
  for (const value of [3, 4]) {
    const [first, second] = f(tensor(value));
    expect(await first.item()).toBe(2 * value ** 3);
    expect(await second.item()).toBe(4 * value);
  }
  expect(stats(f)).toMatchObject({ traces: 1, replays: 1 });
});

test("pullbacks of pullbacks are second derivatives", async () => {
  const derivative = (x: Tensor): Tensor => vjp((v: Tensor) => v.mul(v).mul(v), x)[1](tensor(1))[0];
  const [out, pullback] = vjp(derivative, tensor(2));
  expect(await out.item()).toBe(12);
  expect(await pullback(tensor(1))[0].item()).toBe(12);
});

test("a number as cotangent stands for a tensor full of it", async () => {
  const [, pullback] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
  expect(await (pullback as unknown as (ct: number) => [Tensor])(3)[0].toArray()).toEqual([6, 12]);
});

test("a cotangent of another shape or structure is refused", () => {
  const [, pullback] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
  expect(() => pullback(tensor([1, 2, 3]))).toThrow(expect.objectContaining({ code: "W1010" }));
  expect(() => (pullback as unknown as (ct: unknown) => unknown)([tensor([1, 2]), 3])).toThrow(
    expect.objectContaining({ code: "W1010" }),
  );
});

test("a pullback whose inputs were disposed of says so", () => {
  const x = tensor([1, 2]);
  const [, pullback] = vjp((v: Tensor) => v.mul(v), x);
  x.dispose();
  expect(() => pullback(tensor([1, 1]))).toThrow(expect.objectContaining({ code: "W1004" }));
});

test("a pullback of an earlier call is part of the trace that it is used in", async () => {
  const w = tensor([3, 4]);
  const inner = (x: Tensor): Tensor => grad((v: Tensor) => v.mul(v).mul(w).sum())(x);
  const c = jit((x: Tensor) => {
    const scale = x.sum().mul(2);
    return vjp((v: Tensor) => ({ a: inner(v.mul(scale)), b: v.mul(w).mul(0.5) }), x.mul(1));
  });
  const [out, pullback] = c(tensor([1, 2]));
  const expected = [...(await pullback(out)[0].data())];
  const f = jit((factor: Tensor) => pullback({ a: out.a.mul(factor), b: out.b.mul(factor) })[0]);
  for (const factor of [1, 2, 3]) {
    expect(await f(tensor(factor)).toArray()).toEqual(expected.map((v) => v * factor));
  }
  expect(stats(f)).toMatchObject({ traces: 1, replays: 2 });
  const slope = grad((factor: Tensor) => pullback({ a: out.a.mul(factor), b: out.b.mul(factor) })[0].sum());
  expect(await slope(tensor(5)).item()).toBeCloseTo(
    expected.reduce((a, b) => a + b),
    2,
  );
});

test("a pullback has a meaning in other traces as long as its inputs are there", () => {
  const x = tensor([1, 2]);
  const [, pullback] = vjp((v: Tensor) => v.mul(v), x);
  x.dispose();
  const f = jit((ct: Tensor) => pullback(ct)[0]);
  expect(() => f(tensor([1, 1]))).toThrow(expect.objectContaining({ code: "W1004" }));
});

test("a pullback of a function inside a differentiated one is gone with it", () => {
  let kept: ((ct: Tensor) => unknown) | undefined;
  grad((x: Tensor) => {
    kept = vjp((v: Tensor) => v.mul(x), x)[1];
    return x.sum();
  })(tensor([1, 2]));
  for (const use of [kept!, jit((ct: Tensor) => kept!(ct))]) {
    expect(() => use(tensor([1, 1]))).toThrow(expect.objectContaining({ code: "W1003" }));
  }
});
