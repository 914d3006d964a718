import { beforeAll, describe, expect, test } from "vitest";
import {
  arange,
  batchNorm,
  concat,
  cummax,
  cumprod,
  cumsum,
  crossEntropy,
  full,
  groupNorm,
  init,
  layerNorm,
  linspace,
  logsumexp,
  mean,
  norm,
  ones,
  pad,
  repeat,
  rmsNorm,
  std,
  tensor,
  tensordot,
  tile,
  tril,
  triu,
  variance,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

describe("as in NumPy", () => {
  test("norm has every order", async () => {
    const x = tensor([1, -2, 3]);
    const orders = [0, 1, 2, 3, 0.5, Infinity, -Infinity];
    const wanted = [3, 6, Math.sqrt(14), Math.cbrt(36), (1 + Math.SQRT2 + Math.sqrt(3)) ** 2, 3, 1];
    for (const [k, ord] of orders.entries()) expect(await norm(x, { ord }).item()).toBeCloseTo(wanted[k]!, 4);
  });

  test("float16 has the mean, deviation and norm of sums that it cannot hold", async () => {
    const x = full([1000], 300).astype("float16");
    const [far, near] = [x.mul(2), x.div(4)];
    expect(await mean(far).item()).toBe(600);
    expect(await norm(x).item()).toBeCloseTo(300 * Math.sqrt(1000), -1);
    const spread = concat([far, near]);
    expect(await std(spread).item()).toBeCloseTo(262.5, 0);
    expect(await variance(spread).item()).toBe(Infinity); // 68,906 is more than a float16 can be.
    expect([mean(x).dtype, norm(x).dtype, std(x).dtype]).toEqual(["float16", "float16", "float16"]);
  });

  test("float16 is normalised though its squares are more than it can hold", async () => {
    const far = tensor([[300, -300]], { dtype: "float16" });
    const channel = { training: true, axis: 0 };
    const { y, variance: running } = batchNorm(far, null, null, channel);
    const normals = [layerNorm(far), rmsNorm(far), groupNorm(far, 1), y];
    for (const normal of normals) {
      expect(normal.dtype).toBe("float16");
      expect(await normal.toArray()).toEqual([[1, -1]]);
    }
    // 0.9 · 1 + 0.1 · 180,000, as the batch of two has it: float16 rounds to 16.
    expect([running.dtype, await running.toArray()]).toEqual(["float16", [18_000]]);
  });

  test("cummax of unsigned integers starts from their least", async () => {
    expect(await cummax(tensor([3, 1, 5], { dtype: "uint32" })).toArray()).toEqual([3, 3, 5]);
  });

  test("bools are counted, however few they are", () => {
    for (const cumulate of [cumsum, cumprod, cummax])
      for (const bools of [[true], [true, false]]) expect(cumulate(tensor(bools)).dtype).toBe("int32");
  });

  test("logsumexp of integers does not wrap round", async () => {
    const far = tensor([4_000_000_000, 1], { dtype: "uint32" });
    expect(await logsumexp(far).item()).toBe(4_000_000_000);
  });

  test("a variance is never negative: with too few elements it is infinite or NaN", async () => {
    expect(await variance(tensor([1, 3]), { ddof: 3 }).item()).toBe(Infinity);
    expect(await variance(tensor([1]), { ddof: 1 }).item()).toBeNaN();
  });

  test("arange and linspace have the dtype that was asked for", async () => {
    const halves = arange(0, 2, 0.5, { dtype: "int32" });
    expect([halves.dtype, await halves.toArray()]).toEqual(["int32", [0, 0, 1, 1]]);
    const whole = linspace(0, 10, 4, { dtype: "int32" });
    expect([whole.dtype, await whole.toArray()]).toEqual(["int32", [0, 3, 6, 10]]);
  });

  test("linspace ends at its end exactly", async () => {
    for (let n = 2; n < 60; n++) expect((await linspace(0, 0.7, n).data()).at(-1)).toBe(Math.fround(0.7));
  });

  test("a label that is no class makes the loss NaN, not smaller", async () => {
    const logits = tensor([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const losses = (labels: number[]): unknown =>
      crossEntropy(logits, tensor(labels, { dtype: "int32" }), { reduction: "none" }).toArray();
    expect(await losses([2, 3])).toEqual([expect.closeTo(0.4076, 4), NaN]);
    expect(await losses([-1, 2])).toEqual([NaN, expect.closeTo(0.4076, 4)]);
  });

  test("tril and triu of bools are bools", () => {
    const x = tensor([[true, true]]);
    expect([tril(x).dtype, triu(x).dtype]).toEqual(["bool", "bool"]);
  });
});

describe("refused, where an answer would be a guess:", () => {
  const refusal = (code: string): unknown => expect.objectContaining({ code });

  test("tensordot over pairs of axes of different sizes", () => {
    expect(() =>
      tensordot(ones([2, 3]), ones([3, 2]), [
        [0, 1],
        [0, 1],
      ]),
    ).toThrow(refusal("W2004"));
    expect(() => tensordot(ones([2, 3]), ones([6]), [[0, 1], [0]])).toThrow(refusal("W2004"));
  });

  test("pad with pairs for too few axes, too many, or below 0, in every mode", () => {
    for (const mode of ["constant", "edge", "reflect"] as const) {
      expect(() => pad(ones([2, 2]), [[1, 1]], { mode })).toThrow(refusal("W2016"));
      expect(() => pad(ones([2]), [1, -1], { mode })).toThrow(refusal("W2016"));
    }
  });

  test("a range that starts or stops between two positions", () => {
    for (const range of [
      [0.5, 2],
      [0, 1.5, 2],
      [NaN, 2],
    ] as [number, number, number?][])
      expect(() => tensor([1, 2, 3]).at(range as [number, number])).toThrow(refusal("W2105"));
  });

  test("a fraction of a copy", () => {
    expect(() => tile(ones([2]), 1.5)).toThrow(refusal("W2013"));
    expect(() => repeat(ones([2]), 0.5)).toThrow(refusal("W2013"));
  });
});
