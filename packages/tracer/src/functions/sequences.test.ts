import { beforeAll, describe, expect, test } from "vitest";
import {
  grad,
  gru,
  gruCell,
  init,
  jit,
  lstm,
  lstmCell,
  type NestedNumbers,
  rnn,
  rnnCell,
  scaledDotProductAttention,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** The inputs of the reference, in NumPy: ((arange(n) * 7 + k * 3) % 11 - 5) / 8. */
function made(shape: readonly number[], k = 0): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Array.from({ length: count }, (_, i) => (((i * 7 + k * 3) % 11) - 5) / 8),
    { shape },
  );
}

function rounded(value: NestedNumbers): NestedNumbers {
  return Array.isArray(value) ? value.map(rounded) : Math.round(value * 1e5) / 1e5 + 0;
}

const [x, h, c] = [() => made([2, 3]), () => made([2, 2], 1), () => made([2, 2], 2)];
const xs = (): Tensor => made([2, 3, 3], 6);
const lstmWeights = (): [Tensor, Tensor, Tensor] => [made([3, 8], 3), made([2, 8], 4), made([8], 5)];
const gruWeights = () => [made([3, 6], 3), made([2, 6], 4), made([6], 5), made([6], 6)] as const;
const [q, k, v] = [() => made([1, 2, 2], 1), () => made([1, 3, 2], 2), () => made([1, 3, 2], 3)];
const bias = (): Tensor => tensor([[0, 1, 2], [0, 0, 0]]); // prettier-ignore

// Expected values are from NumPy, in float64.
// prettier-ignore
const cases: Record<string, readonly [() => Tensor, NestedNumbers]> = {
  "h of lstmCell": [() => lstmCell(x(), h(), c(), ...lstmWeights())[0], [[0.09068, 0.03037], [0.21959, -0.02875]]],
  "c of lstmCell": [() => lstmCell(x(), h(), c(), ...lstmWeights())[1], [[0.38341, 0.04475], [0.48435, -0.05119]]],
  gruCell: [() => gruCell(x(), h(), ...gruWeights()), [[-0.06402, 0.60189], [0.25534, -0.22146]]],
  rnnCell: [() => rnnCell(x(), h(), made([3, 2], 3), made([2, 2], 4), made([2], 5)), [[-0.44974, -0.69594], [0.15499, -0.06242]]],
  "outputs of lstm": [() => lstm(xs(), h(), c(), ...lstmWeights())[0], [[[0.10065, -0.15765], [0.16803, -0.06559], [0.17032, 0.01759]], [[0.20115, 0.08095], [0.24511, 0.00348], [0.25214, 0.01318]]]],
  "last c of lstm": [() => lstm(xs(), h(), c(), ...lstmWeights())[2], [[0.40528, 0.02757], [0.60325, 0.02069]]],
  "outputs of gru, backwards": [() => gru(xs(), h(), ...gruWeights(), { reverse: true })[0], [[[0.05751, 0.15643], [0.04338, 0.2208], [-0.04418, 0.36587]], [[0.28984, 0.22235], [0.15957, 0.44733], [0.16072, 0.25919]]]],
  attention: [() => scaledDotProductAttention(q(), k(), v()), [[[-0.06741, -0.15248], [-0.02393, -0.04935]]]],
  "causal attention": [() => scaledDotProductAttention(q(), k(), v(), { causal: true }), [[[0.5, 0], [0.01657, 0.18129]]]],
  "attention with scale and bias": [() => scaledDotProductAttention(q(), k(), v(), { scale: 2, mask: bias() }), [[[-0.14887, -0.48594], [0.0106, 0.00271]]]],
};

describe.each(Object.entries(cases))("%s", (_, [make, expected]) => {
  test("is as in NumPy, plain and compiled", async () => {
    expect(rounded(await make().toArray())).toEqual(expected);
    expect(rounded(await jit(make)().toArray())).toEqual(expected);
  });
});

test("a sequence is the cell at each step, along any axis", async () => {
  const rows = rnn(xs(), h(), made([3, 2], 3), made([2, 2], 4), 0);
  const columns = rnn(xs().swapaxes(0, 1), h(), made([3, 2], 3), made([2, 2], 4), 0, { axis: 0 });
  expect(await columns[0].swapaxes(0, 1).toArray()).toEqual(await rows[0].toArray());
  expect(await rows[1].toArray()).toEqual(await slice(rows[0], "...", -1, [null, null]).toArray());
});

test("a query that sees nothing gives zeros, and no NaN in a gradient", async () => {
  const mask = tensor([[true, true, false], [false, false, false]]); // prettier-ignore
  const attend = (key: Tensor): Tensor => scaledDotProductAttention(q(), key, v(), { mask });
  expect((await attend(k()).toArray()) as number[][][]).toEqual([[expect.anything(), [0, 0]]]);
  const gradient = await grad((key: Tensor) => sum(attend(key)))(k()).data();
  expect([...gradient].every(Number.isFinite)).toBe(true);
});

test("attention stretches batches and masks, takes integers, and is defined without keys, depth or width", async () => {
  const heads = await scaledDotProductAttention(made([3, 1, 2, 2], 1), made([2, 3, 2], 2), v()).toArray();
  const one = await scaledDotProductAttention(
    made([3, 1, 2, 2], 1),
    made([2, 3, 2], 2),
    made([3, 2, 3, 2], 3),
  ).toArray();
  expect([heads].flat(4)).toHaveLength(3 * 2 * 2 * 2);
  expect([one].flat(4)).toHaveLength(3 * 2 * 2 * 2);
  const column = tensor([[true], [false]]);
  const masked = await scaledDotProductAttention(q(), k(), v(), { mask: column }).toArray();
  expect(masked).toEqual([[expect.anything(), [0, 0]]]);
  const whole = scaledDotProductAttention(tensor([[1]]), tensor([[0], [0]]), tensor([[2], [4]]));
  expect(await whole.toArray()).toEqual([[3]]);
  expect(await scaledDotProductAttention(zeros([2, 3]), zeros([0, 3]), zeros([0, 1])).toArray()).toEqual([
    [0],
    [0],
  ]);
  expect(await scaledDotProductAttention(zeros([1, 0]), zeros([2, 0]), tensor([[2], [4]])).toArray()).toEqual(
    [[3]],
  );
  expect(scaledDotProductAttention(zeros([1, 2]), zeros([2, 2]), zeros([2, 0])).shape).toEqual([1, 0]);
});

test("a float mask of -Infinity is as a bool mask, and has a gradient elsewhere", async () => {
  const out = tensor([[0, 0, -Infinity], [-Infinity, -Infinity, -Infinity]]); // prettier-ignore
  const seen = tensor([[true, true, false], [false, false, false]]); // prettier-ignore
  const attend = (mask: Tensor): Tensor => scaledDotProductAttention(q(), k(), v(), { mask });
  expect(await attend(out).toArray()).toEqual(await attend(seen).toArray());
  const gradient = [...(await grad((mask: Tensor) => sum(attend(mask)))(out).data())];
  expect(gradient[0]).toBeCloseTo(-gradient[1]!, 6);
  expect(gradient.slice(2).map((x) => x + 0)).toEqual([0, 0, 0, 0]);
});

test("weights and sequences that do not fit are refused", () => {
  const code = (code: string): unknown => expect.objectContaining({ code });
  expect(() => lstmCell(x(), h(), c(), made([3, 6]), made([2, 8]), 0)).toThrow(code("W2132"));
  expect(() => rnn(xs(), h(), made([3, 2]), made([3, 2]), 0)).toThrow(code("W2132"));
  expect(() => scaledDotProductAttention(zeros([2]), k(), v())).toThrow(code("W2108"));
  expect(() => scaledDotProductAttention(zeros([1, 2, 3]), k(), v())).toThrow(code("W2004"));
  expect(() => scaledDotProductAttention(q(), k(), zeros([1, 4, 2]))).toThrow(code("W2004"));
  expect(() => scaledDotProductAttention(q(), zeros([2, 3, 2]), zeros([3, 3, 2]))).toThrow(code("W2003"));
  expect(() => scaledDotProductAttention(q(), k(), v(), { mask: zeros([3, 2]) })).toThrow(code("W2003"));
});
