import { beforeAll, expect, test } from "vitest";
import { grad, init, jit, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

test("a call that fails over its result leaves tensors that it kept usable", async () => {
  let kept: Tensor | undefined;
  let inner: Tensor | undefined;
  const failing = jit((x: Tensor) => {
    kept = x.mul(2);
    grad((y: Tensor) => (inner = y.mul(3)).sum())(x);
    return inner!;
  });
  expect(() => failing(tensor([1, 2]))).toThrow(expect.objectContaining({ code: "W1003" }));
  const next = jit((y: Tensor) => y.add(kept!));
  expect(await next(tensor([10, 20])).toArray()).toEqual([12, 24]);
  expect(await kept!.toArray()).toEqual([2, 4]);
});

test("a result that holds itself is a result like any other", async () => {
  interface Loop {
    readonly value: Tensor;
    self?: Loop;
  }
  const f = jit((x: Tensor) => {
    const loop: Loop = { value: x.mul(2) };
    loop.self = loop;
    return loop;
  });
  for (const x of [3, 4]) expect(await f(tensor(x)).self!.self!.value.item()).toBe(2 * x);
});
