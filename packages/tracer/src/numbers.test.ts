import { afterAll, expect, test } from "vitest";
import { astype, less, scatterAdd, sync, tensor } from "./index.js";

afterAll(() => sync());

test("a result that is a number of the call is written like any other", async () => {
  expect(await astype(5, "float32").item()).toBe(5);
  expect(await astype(7, "int32").item()).toBe(7);
  expect(await astype(-0.5, "float32").reshape([1, 1]).toArray()).toEqual([[-0.5]]);
});

test("numbers are put where indices and masks say", async () => {
  const x = tensor([2, 0, 3, 0]);
  const second = tensor([2], { dtype: "int32" });
  expect(await x.at(second).set(5).toArray()).toEqual([2, 0, 5, 0]);
  expect(await x.at(second).add(5).toArray()).toEqual([2, 0, 8, 0]);
  expect(await x.at(less(x, 1)).set(9).toArray()).toEqual([2, 9, 3, 9]);
  expect(await scatterAdd(x, second, 4 as never).toArray()).toEqual([2, 0, 7, 0]);
});
