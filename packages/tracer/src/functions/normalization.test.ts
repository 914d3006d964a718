import { beforeAll, describe, expect, test } from "vitest";
import type * as weft from "../index.js";
import { grad, init, inspect, jit, type Tensor, tensor, zeros } from "../index.js";

beforeAll(async () => void (await init()));

const make = (shape: readonly number[], seed: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, k) => Math.sin(k * 1.7 + seed) + seed),
    { shape },
  );
};

/** Standardises runs of elements that belong together: `groupOf` says which run an element is of. */
function standardised(data: ArrayLike<number>, groupOf: (i: number) => number): number[] {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < data.length; i++) groups.set(groupOf(i), [...(groups.get(groupOf(i)) ?? []), data[i]!]);
  const moments = new Map([...groups].map(([group, values]) => [group, momentsOf(values)]));
  return Array.from(data, (value, i) => {
    const { mean, variance } = moments.get(groupOf(i))!;
    return (value - mean) / Math.sqrt(variance + 1e-5);
  });
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

async function expectClose(got: Tensor, wanted: ArrayLike<number>): Promise<void> {
  const data = await got.data();
  expect(data.length).toBe(wanted.length);
  expect([...data].filter((value, i) => !(Math.abs(value - wanted[i]!) <= 1e-4))).toEqual([]);
}

// [2, 3, 2, 4]: 8 elements a channel and sample.
const channelOf = (i: number): number => Math.floor(i / 8) % 3;

describe("batchNorm", () => {
  const x = (): Tensor => make([2, 3, 2, 4], 1);
  const gamma = tensor([1, 2, -1]);
  const beta = tensor([0, 1, 2]);

  test("standardises each channel over the batch, then scales and shifts it", async () => {
    const f = jit((x: Tensor, gamma: Tensor, beta: Tensor) => x.batchNorm(gamma, beta, { training: true }).y);
    const normal = standardised(await x().data(), channelOf);
    const wanted = normal.map((value, i) => value * [1, 2, -1][channelOf(i)]! + channelOf(i));
    await expectClose(f(x(), gamma, beta), wanted);
    const last = x().transpose([0, 2, 3, 1]);
    const { y } = last.batchNorm(gamma, beta, { training: true, axis: -1 });
    await expectClose(y.transpose([0, 3, 1, 2]), wanted);
  });

  test("gives running statistics: a share of the batch's, the variance unbiased", async () => {
    const data = await x().data();
    const moments = [0, 1, 2].map((c) => momentsOf([...data].filter((_, i) => channelOf(i) === c)));
    const first = x().batchNorm(null, null, { training: true });
    await expectClose(first.mean, moments.map(({ mean }) => 0.1 * mean)); // prettier-ignore
    await expectClose(first.variance, moments.map(({ variance }) => 0.9 + (0.1 * variance * 16) / 15)); // prettier-ignore
    const half = { training: true, momentum: 0.5, mean: beta, variance: gamma } as const;
    const second = x().batchNorm(null, null, half);
    await expectClose(second.mean, moments.map(({ mean }, c) => (mean + c) / 2)); // prettier-ignore
  });

  test("normalises by the statistics given when not training, and hands them on", async () => {
    const options = { training: false, mean: beta, variance: tensor([1, 4, 9]) };
    const { y, mean, variance } = x().batchNorm(gamma, null, options);
    const wanted = Array.from(await x().data(), (value, i) => {
      const c = channelOf(i);
      return (([1, 2, -1][c]! * (value - c)) / Math.sqrt((c + 1) ** 2 + 1e-5)); // prettier-ignore
    });
    await expectClose(y, wanted);
    expect(mean).toBe(options.mean);
    expect(variance).toBe(options.variance);
  });

  test("works on features, [batch, channels]", async () => {
    const { y } = make([6, 3], 2).batchNorm(null, null, { training: true });
    await expectClose(
      y,
      standardised(await make([6, 3], 2).data(), (i) => i % 3),
    );
  });
});

test("groupNorm standardises groups of channels of each sample", async () => {
  const x = make([2, 4, 3], 1);
  const f = jit((x: Tensor, gamma: Tensor, beta: Tensor) => x.groupNorm(2, gamma, beta));
  const normal = standardised(await x.data(), (i) => Math.floor(i / 6));
  const wanted = normal.map((value, i) => value * ((Math.floor(i / 3) % 4) + 1) + 1);
  await expectClose(f(x, tensor([1, 2, 3, 4]), tensor([1, 1, 1, 1])), wanted);
  await expectClose(
    x.groupNorm(4),
    standardised(await x.data(), (i) => Math.floor(i / 3)),
  );
});

test("rmsNorm divides by the root of the mean square", async () => {
  const y = tensor([[3, 4], [0, 5]]).rmsNorm(tensor([1, 2])); // prettier-ignore
  const [a, b] = [Math.sqrt(12.5), Math.sqrt(12.5)];
  await expectClose(y, [3 / a, 8 / a, 0, 10 / b]);
});

test("gradients agree with central differences", async () => {
  const weights = make([3, 4, 2], 3);
  const functions: ((x: Tensor, gamma: Tensor) => Tensor)[] = [
    (x, gamma) => x.batchNorm(gamma, null, { training: true }).y,
    (x, gamma) => x.groupNorm(2, gamma),
    (x, gamma) => x.rmsNorm(gamma.reshape([4, 1]), { axis: [1, 2] }),
  ];
  for (const f of functions) {
    const loss = jit((x: Tensor, gamma: Tensor) => f(x, gamma).mul(weights).sum());
    const [x, gamma] = [make([3, 4, 2], 0), make([4], 1)];
    const [gx, gg] = jit(grad(loss, [0, 1]))(x, gamma);
    const step = 1 / 64;
    const slope = async (of: 0 | 1, i: number): Promise<number> => {
      const at = async (h: number): Promise<number> => {
        const args = [x, gamma] as [Tensor, Tensor];
        const data = Float32Array.from(await args[of].data());
        args[of] = tensor(data.with(i, data[i]! + h), { shape: args[of].shape });
        return loss(...args).item();
      };
      return ((await at(step)) - (await at(-step))) / (2 * step);
    };
    const [dx, dg] = [await gx.data(), await gg.data()];
    for (const i of [0, 7, 13, 23]) expect(Math.abs(dx[i]! - (await slope(0, i)))).toBeLessThan(5e-3);
    for (const i of [0, 3]) expect(Math.abs(dg[i]! - (await slope(1, i)))).toBeLessThan(5e-3);
  }
});

describe("one call takes", () => {
  const dispatchesOf = async <F extends weft.AnyFunction>(f: F, ...args: Parameters<F>): Promise<number> =>
    (await inspect(f, ...args)).dispatches;
  const image = (): Tensor => zeros([4, 16, 6, 6]);
  const per = (): Tensor => zeros([16]);

  // A row a channel: mean, then variance, then the result, in one loop nest; the running statistics are its row values.
  test("1 dispatch for batchNorm in training, statistics included, and 1 for inference", async () => {
    const train = (
      x: Tensor,
      gamma: Tensor,
      beta: Tensor,
      mean: Tensor,
      variance: Tensor,
    ): weft.BatchNormed => x.batchNorm(gamma, beta, { training: true, mean, variance });
    expect(await dispatchesOf(train, image(), per(), per(), per(), per())).toBe(1);
    const infer = (x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor): Tensor =>
      x.batchNorm(gamma, beta, { training: false, mean, variance }).y;
    expect(await dispatchesOf(infer, image(), per(), per(), per(), per())).toBe(1);
  });

  test("1 for its gradients for x, gamma and beta", async () => {
    const loss = (x: Tensor, gamma: Tensor, beta: Tensor, w: Tensor): Tensor =>
      x.batchNorm(gamma, beta, { training: true }).y.mul(w).sum();
    const all = (x: Tensor, gamma: Tensor, beta: Tensor, w: Tensor): Tensor[] =>
      grad(loss, [0, 1, 2])(x, gamma, beta, w);
    expect(await dispatchesOf(all, image(), per(), per(), image())).toBe(1);
  });

  // A channel of more than 2¹⁴ elements is summed in blocks first, for speed and for the sake of the sum's digits. Mean
  // and variance wait for each other: 2 + 2 + 1. Backwards come the sum of the cotangent times the centred, and the
  // mean of a cotangent that this sum is part of, again in two stages each; those of gamma and beta in between.
  test("at most 5 for batchNorm of long channels, and at most 11 with all gradients", async () => {
    const long = zeros([32, 16, 24, 24]);
    const train = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
      x.batchNorm(gamma, beta, { training: true }).y;
    expect(await dispatchesOf(train, long, per(), per())).toBeLessThanOrEqual(5);
    const all = (x: Tensor, gamma: Tensor, beta: Tensor, w: Tensor): Tensor[] =>
      grad(
        (...args: [Tensor, Tensor, Tensor, Tensor]) => train(args[0], args[1], args[2]).mul(args[3]).sum(),
        [0, 1, 2],
      )(x, gamma, beta, w);
    expect(await dispatchesOf(all, long, per(), per(), long)).toBeLessThanOrEqual(11);
  });

  test("1 for groupNorm and rmsNorm, and 1 for the gradient of rmsNorm for x", async () => {
    expect(await dispatchesOf((x: Tensor, g: Tensor) => x.groupNorm(4, g), image(), per())).toBe(1);
    const rms = (x: Tensor, g: Tensor): Tensor => x.rmsNorm(g);
    expect(await dispatchesOf(rms, zeros([32, 64]), zeros([64]))).toBe(1);
    const g = grad((x: Tensor, gamma: Tensor, w: Tensor) => rms(x, gamma).mul(w).sum());
    expect(await dispatchesOf(g, zeros([32, 64]), zeros([64]), zeros([32, 64]))).toBe(1);
  });
});

describe("is refused:", () => {
  const refusals: Record<string, readonly [code: string, call: () => unknown]> = {
    "a gamma of another size": ["W2124", () => zeros([2, 3]).batchNorm(zeros([2]), null, { training: true })],
    "groups that do not divide": ["W2124", () => zeros([2, 3]).groupNorm(2)],
    "inference without statistics": ["W2125", () => zeros([2, 3]).batchNorm(null, null, { training: false })],
  };
  for (const [what, [code, call]] of Object.entries(refusals)) {
    test(`${what} (${code}), and where is said`, () => {
      expect(call).toThrow(expect.objectContaining({ code }));
      expect(call).toThrow(/normalization\.test\.ts:\d+:\d+/);
    });
  }
});
