import { beforeAll, expect, test } from "vitest";
import { concat, grad, init, stack, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

test("numbers among what is stacked are scalars of the dtype that they meet", async () => {
  expect(await stack([tensor(1), 2, 0.5]).toArray()).toEqual([1, 2, 0.5]);
  const whole = tensor(1, { dtype: "int32" });
  expect(stack([whole, 2]).dtype).toBe("int32");
  expect(stack([whole, 0.5]).dtype).toBe("float32");
  expect(await stack([whole, 0.5]).toArray()).toEqual([1, 0.5]);
  expect(stack([tensor(1, { dtype: "bool" }), 2]).dtype).toBe("int32");
  const f = (x: Tensor): Tensor => stack([x, 3, x]).square().sum();
  expect(await grad(f)(tensor(2)).item()).toBe(8);
});

test("what is neither tensor nor number is refused, with its place in the list", () => {
  const code = expect.objectContaining({ code: "W1002" });
  expect(() => stack([tensor(1), [2] as never])).toThrow(code);
  expect(() => concat([tensor([1]), undefined as never])).toThrow(code);
  expect(() => concat([tensor([1]), 2])).toThrow(expect.objectContaining({ code: "W2017" }));
});
