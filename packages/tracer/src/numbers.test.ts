import { afterAll, expect, test } from "vitest";
import { astype, jit, less, scatterAdd, sync, type Tensor, tensor } from "./index.js";

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

test("a number that the dtype does not have is an error, also where a call before had one that it has", async () => {
  const counts = tensor([1, 2], { dtype: "uint32" });
  const large = tensor([1], { dtype: "int32" });
  const code = expect.objectContaining({ code: "W2007" }) as unknown;
  const thrown = (f: () => unknown): unknown => {
    try {
      return f();
    } catch (error) {
      return error;
    }
  };
  expect(thrown(() => less(counts, -1))).toEqual(code);
  expect(thrown(() => large.add(2 ** 31))).toEqual(code);
  expect(thrown(() => counts.mul(2 ** 32))).toEqual(code);
  const above = jit((x: Tensor, least: number) => x.greater(least));
  for (const least of [0, 1, 1.5]) {
    expect(await above(counts, least).toArray()).toEqual([1, 2].map((x) => Number(x > least)));
  }
  expect(thrown(() => above(counts, -1))).toEqual(code);
  expect(await above(counts, 1).toArray()).toEqual([0, 1]);
  // Fractions, and what is no number at all, make floats of both.
  expect(await less(counts, -0.5).toArray()).toEqual([0, 0]);
  expect(await less(counts, Infinity).toArray()).toEqual([1, 1]);
});
