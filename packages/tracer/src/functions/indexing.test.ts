import { beforeAll, describe, expect, test } from "vitest";
import {
  arange,
  argsort,
  at,
  cos,
  embedding,
  grad,
  greater,
  indexAdd,
  init,
  jit,
  type NestedNumbers,
  nonzero,
  scatterAdd,
  searchsorted,
  slice,
  sort,
  sum,
  take,
  takeAlongAxis,
  type Tensor,
  tensor,
  topk,
  zeros,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** What a call gives, plain and compiled. */
async function values(make: () => Tensor): Promise<NestedNumbers> {
  const plain = await make().toArray();
  expect(await jit(make)().toArray()).toEqual(plain);
  return plain;
}

const x = (): Tensor => arange(0, 12, 1, { dtype: "float32" }).reshape([3, 4]);
const t = (): Tensor => arange(0, 24, 1, { dtype: "float32" }).reshape([2, 3, 4]);
const ints = (data: readonly (number | readonly number[])[]): Tensor => tensor(data, { dtype: "int32" });

// Expected values are NumPy's 2.4: x = arange(12.).reshape(3, 4), t = arange(24.).reshape(2, 3, 4).
// prettier-ignore
const reads: Record<string, readonly [() => Tensor, NestedNumbers]> = {
  "take of rows": [() => take(x(), ints([2, 0, -1]), { axis: 0 }), [[8, 9, 10, 11], [0, 1, 2, 3], [8, 9, 10, 11]]],
  "take of columns by a matrix": [() => take(x(), ints([[3, 1]]), { axis: 1 }), [[[3, 1]], [[7, 5]], [[11, 9]]]],
  "take of the flattened tensor, by a list": [() => take(x(), [11, 0, -2]), [11, 0, 10]],
  "take of one row": [() => take(x(), 1, { axis: 0 }), [4, 5, 6, 7]],
  "take by uint32": [() => take(x(), tensor([1], { dtype: "uint32" })), [1]],
  "take outside of floats": [() => take(x(), ints([12, -13])), [NaN, NaN]],
  "take outside of integers": [() => take(ints([5]), ints([1, 0])), [0, 5]],
  "take from nothing": [() => take(zeros([0]), ints([0])), [NaN]],
  takeAlongAxis: [() => takeAlongAxis(x(), ints([[1, -1], [0, 0], [3, 2]])), [[1, 3], [4, 4], [11, 10]]],
  "takeAlongAxis, broadcast": [() => takeAlongAxis(x(), ints([[1], [2], [0]]), { axis: 0 }), [[4, 5, 6, 7], [8, 9, 10, 11], [0, 1, 2, 3]]],
  embedding: [() => embedding(x(), ints([[0], [2]])), [[[0, 1, 2, 3]], [[8, 9, 10, 11]]]],
  "at rows": [() => at(x(), ints([2, 0])), [[8, 9, 10, 11], [0, 1, 2, 3]]],
  "at pairs": [() => at(x(), ints([2, 0]), ints([1, -1])), [9, 3]],
  "at all combinations": [() => at(x(), ints([[2], [0]]), ints([1, 3])), [[9, 11], [1, 3]]],
  "at a range and columns": [() => at(x(), [1, null], ints([3, 0])), [[7, 4], [11, 8]]],
  "at a position and columns, apart": [() => at(t(), 0, "...", ints([1, 2])), [[1, 5, 9], [2, 6, 10]]],
  "at columns and a position, together": [() => at(t(), [null, null], ints([1, 2]), 0), [[4, 8], [16, 20]]],
  "at tensors that stand apart": [() => at(t(), ints([1, 0]), "...", ints([1, 2])), [[13, 17, 21], [2, 6, 10]]],
  "a pair of which one is outside": [() => at(x(), ints([0, 0]), ints([4, 1])), [NaN, 1]],
  "slice by a tensor, plus a number": [() => slice(x(), 0, ints([3])).add(1), [4]],
};

// prettier-ignore
const updates: Record<string, readonly [() => Tensor, NestedNumbers]> = {
  "set of a range with a step": [() => at(x(), [1, null], [null, null, 2]).set(tensor([[10, 20]])), [[0, 1, 2, 3], [10, 5, 20, 7], [10, 9, 20, 11]]],
  "set of a range backwards": [() => at(x(), [null, null, -2], 3).set(tensor([7, 8])), [[0, 1, 2, 8], [4, 5, 6, 7], [8, 9, 10, 7]]],
  "add to a row": [() => x().at(1).add(5), [[0, 1, 2, 3], [9, 10, 11, 12], [8, 9, 10, 11]]],
  "set of rows, the last value for each": [() => at(x(), ints([2, 0, 2])).set(tensor([[1], [2], [3]])), [[2, 2, 2, 2], [4, 5, 6, 7], [3, 3, 3, 3]]],
  "add to pairs, all values for each": [() => at(x(), ints([0, 0, 2]), ints([1, 1, -1])).add(tensor([10, 20, 30])), [[0, 31, 2, 3], [4, 5, 6, 7], [8, 9, 10, 41]]],
  "set of columns of a range": [() => at(x(), [1, null], ints([3, 0])).set(-1), [[0, 1, 2, 3], [-1, 5, 6, -1], [-1, 9, 10, -1]]],
  "set under a mask": [() => at(x(), greater(x(), 5)).set(0), [[0, 1, 2, 3], [4, 5, 0, 0], [0, 0, 0, 0]]],
  "set under a mask, a value each": [() => at(x(), greater(x(), 8)).set(tensor([1, 2, 3])), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 1, 2, 3]]],
  "add under a mask of rows": [() => at(x(), tensor([true, false, true])).add(tensor([1, 2, 3, 4])), [[1, 3, 5, 7], [4, 5, 6, 7], [9, 11, 13, 15]]],
  "set outside changes nothing": [() => at(tensor([1, 2]), ints([2, -3])).set(9), [1, 2]],
  "add outside changes nothing": [() => at(tensor([1, 2]), ints([2, -3])).add(9), [1, 2]],
  "set of everything": [() => at(tensor([1, 2]), "...").set(3), [3, 3]],
  "set keeps the dtype": [() => at(ints([1, 2]), 0).set(2.7), [2, 2]],
  "set of a bool": [() => at(tensor([true, true]), ints([1])).set(0), [1, 0]],
  scatterAdd: [() => scatterAdd(zeros([2, 3]), ints([[0, 2, 2], [1, -2, 3]]), tensor([[1, 2, 3], [4, 5, 6]]), { axis: 1 }), [[1, 0, 5], [0, 9, 0]]],
  "scatterAdd of a number": [() => scatterAdd(zeros([2]), ints([1, 1, 1]), 2), [0, 6]],
  indexAdd: [() => indexAdd(zeros([3, 2]), [2, 0, 2], tensor([[1, 2], [3, 4], [5, 6]])), [[3, 4], [0, 0], [6, 8]]],
  "indexAdd of columns": [() => indexAdd(zeros([2, 3]), ints([1, 1]), tensor([[1, 2], [3, 4]]), { axis: 1 }), [[0, 3, 0], [0, 7, 0]]],
};

// prettier-ignore
const orders: Record<string, readonly [() => Tensor, NestedNumbers]> = {
  sort: [() => sort(tensor([3, 1, NaN, 2, 1, -0, 0])), [-0, 0, 1, 1, 2, 3, NaN]],
  "sort, descending": [() => sort(tensor([[3, NaN, 5], [0, 1, 2]]), { descending: true }), [[5, 3, NaN], [2, 1, 0]]],
  "sort of columns": [() => sort(tensor([[3, 1], [2, 4]]), { axis: 0 }), [[2, 1], [3, 4]]],
  "sort of bools": [() => sort(tensor([true, false, true])), [0, 1, 1]],
  "sort of nothing": [() => sort(zeros([0])), []],
  "argsort keeps equal ones in order": [() => argsort(tensor([1, 0, 1, 0])), [1, 3, 0, 2]],
  "argsort, descending, too": [() => argsort(tensor([1, 0, 1, 0]), { descending: true }), [0, 2, 1, 3]],
  "values of topk": [() => topk(tensor([[1, 5, 3], [NaN, 2, 2]]), 2)[0], [[5, 3], [2, 2]]],
  "positions of topk": [() => topk(tensor([[1, 5, 3], [NaN, 2, 2]]), 2)[1], [[1, 2], [1, 2]]],
  "topk of more than there are": [() => topk(tensor([1, 2]), 3)[1], [1, 0]],
  searchsorted: [() => searchsorted(tensor([1, 2, 2, 4]), tensor([0, 1, 2, 3, 4, 5])), [0, 0, 1, 3, 3, 4]],
  "searchsorted, right": [() => searchsorted(ints([1, 2, 2, 4]), ints([0, 1, 2, 3, 4, 5]), { side: "right" }), [0, 1, 3, 3, 4, 4]],
  "searchsorted in nothing": [() => searchsorted(zeros([0]), tensor([1])), [0]],
};

describe.each(Object.entries({ ...reads, ...updates, ...orders }))("%s", (_, [make, expected]) => {
  test("is as in NumPy", async () => {
    expect(await values(make)).toEqual(expected);
  });
});

test("long axes are sorted in rounds, as stable as short ones", async () => {
  const data = Float32Array.from({ length: 1100 }, (_, i) => (i * 7919) % 97);
  data[3] = NaN;
  const byValue = (i: number, j: number): number =>
    Number.isNaN(data[i]) ? 1 : Number.isNaN(data[j]) ? -1 : data[j]! - data[i]! || i - j;
  const sorted = await argsort(tensor(data), { descending: true }).data();
  expect([...sorted]).toEqual([...data.keys()].sort(byValue));
});

test("nonzero gives positions an axis", async () => {
  const [rows, columns] = await nonzero(tensor([[0, 2], [NaN, 0]])); // prettier-ignore
  expect(await rows!.toArray()).toEqual([0, 1]);
  expect(await columns!.toArray()).toEqual([1, 0]);
});

describe("gradients", () => {
  const weights = (): Tensor => tensor([1, 2, 3]);

  test("of a gather go where it read, and nowhere for what is outside", async () => {
    const g = grad((x: Tensor) => sum(take(x, ints([2, 0, 2]), { axis: 0 }).mul(weights())));
    expect(await g(zeros([4])).toArray()).toEqual([2, 0, 4, 0]);
    const outside = grad((x: Tensor) => sum(take(x, ints([5, 1]))));
    expect(await outside(zeros([2])).toArray()).toEqual([0, 1]);
  });

  test("of a sort follow the elements", async () => {
    expect(await grad((x: Tensor) => sum(sort(x).mul(weights())))(tensor([5, 1, 3])).toArray()).toEqual([
      3, 1, 2,
    ]);
  });

  test("of set reach the values that stayed, and the rest of the whole", async () => {
    const replaced = (x: Tensor, v: Tensor): Tensor =>
      sum(
        at(x, ints([1, 1]))
          .set(v)
          .mul(weights()),
      );
    const [x, v] = await Promise.all(
      grad(replaced, [0, 1])(zeros([3]), zeros([2])).map((gradient) => gradient.toArray()),
    );
    expect(x).toEqual([1, 0, 3]);
    expect(v).toEqual([0, 2]);
  });

  test("of indexAdd reach the whole and what is added, twice over", async () => {
    const f = (v: Tensor): Tensor => sum(cos(indexAdd(zeros([2]), [1, 1], v)));
    const h = grad((v: Tensor) => sum(grad(f)(v)));
    const [first] = (await h(tensor([0.25, 0.5])).toArray()) as number[];
    expect(first).toBeCloseTo(-2 * Math.cos(0.75), 5);
  });
});

const refusals: Record<string, readonly [code: string, call: () => unknown]> = {
  "indices that are floats": ["W2130", () => take(x(), tensor([0.5]))],
  "a number that is no integer": ["W2130", () => take(x(), 0.5)],
  "a part under a mask": ["W2131", () => at(x(), greater(x(), 0)).shape],
  "a mask of another shape": ["W2003", () => at(x(), tensor([true])).set(0)],
  "index tensors that do not broadcast": ["W2003", () => at(x(), ints([0, 1]), ints([0, 1, 2]))],
  "indices of other axes": ["W2003", () => takeAlongAxis(x(), ints([0]))],
  "more entries than axes": ["W2106", () => at(x(), ints([0]), 0, 0)],
};

describe("a function refuses", () => {
  test.each(Object.entries(refusals))("%s", (_, [code, call]) => {
    expect(call).toThrow(expect.objectContaining({ code }));
    expect(jit(call)).toThrow(expect.objectContaining({ code }));
  });
});
