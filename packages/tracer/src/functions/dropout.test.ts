import { beforeAll, expect, test } from "vitest";
import { dropout, grad, init, jit, ones, random, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

test("dropout keeps the expectation, and drops by the key alone", async () => {
  const x = ones([8000]);
  const data = [...(await dropout(random.key(1), 0.2, x).data())];
  expect(new Set(data)).toEqual(new Set([0, 1.25]));
  expect(data.filter((value) => value === 0).length / data.length).toBeCloseTo(0.2, 1);
  expect([...(await dropout(random.key(1), 0.2, x).data())]).toEqual(data);
  expect([...(await dropout(random.key(2), 0.2, x).data())]).not.toEqual(data);
});

test("rate 0 is the identity, rate 1 gives zeros, whatever the elements", async () => {
  const x = tensor([1, -2, Infinity]);
  expect(await dropout(random.key(0), 0, x).toArray()).toEqual([1, -2, Infinity]);
  expect(await dropout(random.key(0), 1, x).toArray()).toEqual([0, 0, 0]);
  expect(dropout(random.key(0), 0.5, tensor([1, 2], { dtype: "int32" })).dtype).toBe("float32");
});

test("the gradient goes through what stays, under jit too", async () => {
  const f = (x: Tensor): Tensor => dropout(random.key(3), 0.5, x).sum();
  const kept = await dropout(random.key(3), 0.5, ones([64])).data();
  expect([...(await grad(f)(ones([64])).data())]).toEqual([...kept]);
  expect([...(await jit(grad(f))(ones([64])).data())]).toEqual([...kept]);
});

test("a rate outside of [0, 1] is W2140", () => {
  for (const rate of [-0.1, 1.5, NaN]) {
    expect(() => dropout(random.key(0), rate, ones([2]))).toThrow(expect.objectContaining({ code: "W2140" }));
  }
});
