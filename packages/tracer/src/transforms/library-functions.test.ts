import { describe, expect, test } from "vitest";
import * as weft from "../index.js";
import { init, jvp, stack, type Tensor, tensor, vjp, vmap } from "../index.js";

await init({ device: "cpu" }); // Before the first tensor.

/** Numbers in ±1, none twice. */
function numbers(...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Array.from({ length: count }, (_, i) => 2 * ((i * 0.618034 + 0.1 * shape.length) % 1) - 1),
    { shape, dtype: "float32" },
  );
}

const image = numbers(2, 3, 5, 5);
const positions = tensor([2, 0, 1], { dtype: "int32" });

/** A call of one tensor each; what else they take is the same for all calls. */
const calls: Record<string, readonly [f: (x: Tensor) => Tensor, x: Tensor]> = {
  softmax: [(x) => weft.softmax(x), numbers(3, 4)],
  logSoftmax: [(x) => weft.logSoftmax(x, { axis: 0 }), numbers(3, 4)],
  gelu: [(x) => weft.gelu(x), numbers(3)],
  variance: [(x) => weft.variance(x, { axis: 0 }), numbers(3, 4)],
  cumsum: [(x) => weft.cumsum(x, { axis: 0 }), numbers(3, 2)],
  cummax: [(x) => weft.cummax(x, { axis: 0 }), numbers(4)],
  einsum: [(x) => weft.einsum("ij,kj->ik", x, numbers(2, 4)), numbers(3, 4)],
  outer: [(x) => weft.outer(x, numbers(3)), numbers(2)],
  "matmul from the right": [(x) => weft.matmul(numbers(2, 3), x), numbers(3, 4)],
  pad: [(x) => weft.pad(x, [[1, 2]], { mode: "reflect" }), numbers(4)],
  "slice at a position": [(x) => x.slice(1, [0, 2]), numbers(3, 4)],
  roll: [(x) => weft.roll(x, 1), numbers(4)],
  diagonal: [(x) => weft.diagonal(x), numbers(3, 3)],
  take: [(x) => weft.take(x, positions, { axis: 0 }), numbers(3, 2)],
  takeAlongAxis: [(x) => weft.takeAlongAxis(x, positions, { axis: 0 }), numbers(3)],
  scatterAdd: [(x) => weft.scatterAdd(numbers(4), positions, x, { axis: 0 }), numbers(3)],
  sort: [(x) => weft.sort(x), numbers(5)],
  crossEntropy: [(x) => weft.crossEntropy(x, positions), numbers(3, 4)],
  layerNorm: [(x) => weft.layerNorm(x, numbers(4), numbers(4)), numbers(2, 4)],
  conv2d: [(x) => weft.conv2d(image, x, { stride: 2, padding: 1 }), numbers(4, 3, 3, 3)],
  "conv2d of the image": [(x) => weft.conv2d(x, numbers(4, 3, 2, 2)), image],
  maxPool2d: [(x) => weft.maxPool2d(x, { size: 2 }), image],
  avgPool2d: [(x) => weft.avgPool2d(x, { size: 3, stride: 2, padding: 1 }), image],
  attention: [(x) => weft.scaledDotProductAttention(x, numbers(4, 3), numbers(4, 3)), numbers(2, 3)],
};

async function expectClose(got: Tensor, wanted: Tensor): Promise<void> {
  expect(got.shape).toEqual(wanted.shape);
  const [a, b] = [await got.data(), await wanted.data()];
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 4));
}

describe.each(Object.entries(calls))("%s", (_, [f, x]) => {
  test("of a batch is a loop", async () => {
    const rows = [x, x.mul(-0.7), x.flip()];
    await expectClose(vmap(f)(stack(rows)), stack(rows.map((row) => f(row))));
  });

  test("has gradients of a batch", async () => {
    const rows = [x, x.mul(-0.7)];
    const slope = weft.grad((row: Tensor) => f(row).sin().sum());
    await expectClose(vmap(slope)(stack(rows)), stack(rows.map((row) => slope(row))));
  });

  test("has tangents that are the transpose of its gradients", async () => {
    const v = x.add(0.3);
    const [out, tangent] = jvp(f, [x], [v]);
    const [, pullback] = vjp(f, x);
    const ct = out.add(0.2).cos();
    await expectClose(tangent.mul(ct).sum(), pullback(ct)[0].mul(v).sum());
  });
});

test("functions of integers that differ between the calls", async () => {
  const table = numbers(4, 2);
  const ids = tensor([[0, 3], [2, 2], [1, 0]], { dtype: "int32" }); // prettier-ignore
  await expectClose(
    vmap((i: Tensor) => weft.take(table, i, { axis: 0 }))(ids),
    stack([0, 1, 2].map((k) => weft.take(table, ids.at(k), { axis: 0 }))),
  );
  const tables = numbers(3, 4, 2);
  await expectClose(
    vmap((t: Tensor, i: Tensor) => weft.take(t, i, { axis: 0 }))(tables, ids),
    stack([0, 1, 2].map((k) => weft.take(tables.at(k), ids.at(k), { axis: 0 }))),
  );
  await expectClose(
    vmap((i: Tensor) => weft.oneHot(i, 4))(ids),
    stack([0, 1, 2].map((k) => weft.oneHot(ids.at(k), 4))),
  );
  await expectClose(
    vmap((x: Tensor) => weft.argmax(x))(numbers(3, 5)),
    weft.argmax(numbers(3, 5), { axis: 1 }),
  );
});

test("random numbers of many keys are those of each", async () => {
  const keys = weft.random.split(weft.random.key(7), 3);
  await expectClose(
    vmap((key: Tensor) => weft.random.normal(key, [4]))(keys),
    stack([0, 1, 2].map((k) => weft.random.normal(keys.at(k), [4]))),
  );
});
