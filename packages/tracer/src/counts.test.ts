import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import * as weft from "./index.js";
import {
  grad,
  init,
  inspect,
  jit,
  stats,
  sync,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from "./index.js";

// The promises about dispatches, memory and pipelines, on whatever adapter this machine has.
beforeAll(async () => void (await init()));

async function dispatchesOf<F extends weft.AnyFunction>(f: F, ...args: Parameters<F>): Promise<number> {
  return (await inspect(f, ...args)).dispatches;
}

describe("one call takes", () => {
  test("1 dispatch for softmax, and 1 for its gradient", async () => {
    const x = zeros([32, 100]);
    expect(await dispatchesOf((x: Tensor) => weft.softmax(x), x)).toBe(1);
    const g = grad((x: Tensor, w: Tensor) => weft.softmax(x).mul(w).sum());
    expect(await dispatchesOf(g, x, zeros([32, 100]))).toBe(1);
  });

  test("at most 2 for log-softmax with cross-entropy, value and gradient", async () => {
    const f = valueAndGrad((x: Tensor, labels: Tensor) => weft.crossEntropy(x, labels));
    expect(await dispatchesOf(f, zeros([100, 10]), zeros([100], { dtype: "int32" }))).toBeLessThanOrEqual(2);
  });

  test("1 for two elementwise results", async () => {
    expect(await dispatchesOf((x: Tensor) => [x.exp(), x.sin().add(1)], zeros([1000]))).toBe(1);
  });

  test("1 for sum and max along an axis", async () => {
    expect(
      await dispatchesOf((x: Tensor) => [x.sum({ axis: 1 }), x.max({ axis: 1 })], zeros([32, 100])),
    ).toBe(1);
  });

  test("1 for gelu(dot(x, w) + b)", async () => {
    const f = (x: Tensor, w: Tensor, b: Tensor): Tensor => weft.gelu(weft.dot(x, w).add(b));
    expect(await dispatchesOf(f, zeros([64, 32]), zeros([32, 16]), zeros([16]))).toBe(1);
  });

  test("1 for a standardisation, and 1 for its gradient", async () => {
    const f = (x: Tensor): Tensor => weft.layerNorm(x);
    expect(await dispatchesOf(f, zeros([32, 100]))).toBe(1);
    const g = grad((x: Tensor, w: Tensor) => f(x).mul(w).sum());
    expect(await dispatchesOf(g, zeros([32, 100]), zeros([32, 100]))).toBe(1);
  });

  // Forwards all of it reads one row; the gradients to gamma and beta are sums the other way, which wait for the rows.
  test("1 for layer norm with gain and shift, and 2 with gradients to all", async () => {
    const [x, ct, gain, shift] = [zeros([32, 100]), zeros([32, 100]), zeros([100]), zeros([100])];
    const f = (x: Tensor, gain: Tensor, shift: Tensor): Tensor => weft.layerNorm(x, gain, shift);
    expect(await dispatchesOf(f, x, gain, shift)).toBe(1);
    const loss = (...all: [Tensor, Tensor, Tensor]): Tensor => weft.multiply(f(...all), ct).sum();
    const all = (x: Tensor, gain: Tensor, shift: Tensor): unknown =>
      valueAndGrad(loss, [0, 1, 2])(x, gain, shift);
    expect(await dispatchesOf(all, x, gain, shift)).toBe(2);
  });

  // A row is a channel, so forwards, running statistics too, and gradients to gamma and beta are sums along it; that of
  // the input waits for those, and the loss for what each channel adds to it.
  test("1 for batch norm in training, and 2 with gradients to all", async () => {
    const [x, ct, one] = [zeros([8, 16, 10, 10]), zeros([8, 16, 10, 10]), zeros([16])];
    const f = (x: Tensor, gain: Tensor, shift: Tensor): { readonly y: Tensor } =>
      weft.batchNorm(x, gain, shift, { mean: one, variance: one, training: true });
    expect(await dispatchesOf(f, x, one, one)).toBe(1);
    const loss = (...all: [Tensor, Tensor, Tensor]): Tensor => weft.multiply(f(...all).y, ct).sum();
    const all = (x: Tensor, gain: Tensor, shift: Tensor): unknown =>
      valueAndGrad(loss, [0, 1, 2])(x, gain, shift);
    expect(await dispatchesOf(all, x, one, zeros([16]))).toBe(2);
  });

  // A step: the product with the state and the rest of the cell, and the same two backwards; all else is once.
  test("at most 6 a step for a plain recurrent net of characters, value and gradient", async () => {
    const [steps, batch, hidden, letters] = [20, 8, 16, 12];
    type Net = Readonly<Record<"letter" | "w" | "b" | "out", Tensor>>;
    const loss = (net: Net, text: Tensor, next: Tensor): Tensor => {
      const inputs = weft.embedding(net.letter, text);
      let [h, c] = [zeros([batch, hidden]), zeros([batch, hidden])];
      const states: Tensor[] = [];
      for (let t = 0; t < steps; t++) {
        const gates = weft.matmul(weft.concat([inputs.at(t), h], { axis: 1 }), net.w).add(net.b);
        const [i, f, o, g] = weft.split(gates, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor];
        c = weft
          .sigmoid(f)
          .mul(c)
          .add(weft.sigmoid(i).mul(weft.tanh(g)));
        h = weft.sigmoid(o).mul(weft.tanh(c));
        states.push(h);
      }
      return weft.crossEntropy(weft.matmul(weft.concat(states), net.out), next.reshape([-1]));
    };
    const net: Net = {
      letter: zeros([letters, hidden]),
      w: zeros([2 * hidden, 4 * hidden]),
      b: zeros([4 * hidden]),
      out: zeros([hidden, letters]),
    };
    const text = zeros([steps, batch], { dtype: "int32" });
    const step = (net: Net, text: Tensor): readonly unknown[] => valueAndGrad(loss)(net, text, text);
    expect((await dispatchesOf(step, net, text)) / steps).toBeLessThanOrEqual(6);
  });

  test("at most 8 for a training step of a perceptron with one hidden layer", async () => {
    expect(await dispatchesOf(step, perceptron(), ...batch(), 0.1)).toBeLessThanOrEqual(8);
  });
});

type Params = { w1: Tensor; b1: Tensor; w2: Tensor; b2: Tensor };

function perceptron(): Params {
  const random = (...shape: number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tensor(
      Float32Array.from({ length: size }, (_, k) => Math.sin(k) / 10),
      { shape },
    );
  };
  return { w1: random(784, 64), b1: zeros([64]), w2: random(64, 10), b2: zeros([10]) };
}

function batch(): [Tensor, Tensor] {
  const pixels = Float32Array.from({ length: 100 * 784 }, (_, k) => Math.cos(k) ** 2);
  return [tensor(pixels, { shape: [100, 784] }), tensor(Int32Array.from({ length: 100 }, (_, k) => k % 10))];
}

function loss(p: Params, x: Tensor, labels: Tensor): Tensor {
  const hidden = weft.relu(weft.matmul(x, p.w1).add(p.b1));
  return weft.crossEntropy(weft.matmul(hidden, p.w2).add(p.b2), labels);
}

function step(params: Params, x: Tensor, labels: Tensor, rate: number): [Params, Tensor] {
  const [value, gradients] = valueAndGrad(loss)(params, x, labels);
  return [tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(rate)), params, gradients), value];
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void; // A function of the engine's.

/** A garbage collection, whose finalizers have run. */
async function collected(): Promise<void> {
  collect();
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a training step is one submit and creates nothing after the third, whenever garbage is collected", async () => {
  const train = jit(step, { donate: 0 });
  const [x, labels] = batch();
  let params = perceptron();
  let value: Tensor | undefined;
  const once = async (): Promise<void> => {
    value?.dispose();
    [params, value] = train(params, x, labels, 0.5);
    await sync();
  };
  await collected(); // What other tests have left, of the same program too.
  // Two sets of buffers take turns: the third call is the first that goes back, from the second set to the first.
  for (let k = 0; k < 3; k++) await once();
  const before = stats();
  for (let k = 0; k < 5; k++) {
    if (k === 2) await collected();
    await once();
  }
  const after = stats();
  expect(after.submits - before.submits).toBe(5);
  expect(after.buffersCreated - before.buffersCreated).toBe(0);
  expect(after.bindGroupsCreated - before.bindGroupsCreated).toBe(0);
  expect(after.pipelinesCreated - before.pipelinesCreated).toBe(0);
  expect(await value!.item()).toBeLessThan(2.4);
});

test("an async step with reads takes a submit a segment, and creates nothing once it is steady", async () => {
  const train = jit(
    async (p: Params, x: Tensor, labels: Tensor) => {
      const [value, gradients] = await valueAndGrad(async (p: Params) => {
        const hidden = weft.relu(weft.matmul(x, p.w1).add(p.b1));
        const scale = (await hidden.max().item()) > 1e6 ? 0.1 : 1;
        return weft.crossEntropy(weft.matmul(hidden, p.w2).add(p.b2).mul(scale), labels);
      })(p);
      const norm = await gradients.w1.square().sum().item();
      const rate = norm > 1 ? 0.1 : 0.5;
      return [tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(rate)), p, gradients), value] as const;
    },
    { donate: 0 },
  );
  const [x, labels] = batch();
  let params = perceptron();
  let value: Tensor | undefined;
  const once = async (): Promise<void> => {
    value?.dispose();
    [params, value] = await train(params, x, labels);
    await sync();
  };
  // The pool takes some steps until each value meets the buffers that it met before.
  for (let k = 0; k < 20; k++) {
    if (k === 0 || k === 10) await collected(); // What other tests have left, and what the first calls have.
    await once();
  }
  const before = stats();
  for (let k = 0; k < 5; k++) {
    if (k === 2) await collected();
    await once();
  }
  const after = stats();
  expect(after.submits - before.submits).toBe(15);
  expect(after.compilations - before.compilations).toBe(0);
  expect(after.buffersCreated - before.buffersCreated).toBe(0);
  expect(after.bindGroupsCreated - before.bindGroupsCreated).toBe(0);
  expect(after.pipelinesCreated - before.pipelinesCreated).toBe(0);
  expect(stats(train)).toMatchObject({ traces: 1, replays: 24, reads: 50 });
  expect(await value!.item()).toBeLessThan(2.4);
});

test("ten learning rates take at most two pipelines a kernel", async () => {
  const update = jit((w: Tensor, g: Tensor, rate: number) => w.sub(g.mul(rate)));
  const before = stats().pipelinesCreated;
  for (let k = 1; k <= 10; k++) {
    expect(await update(tensor([1]), tensor([1]), 1 / k).item()).toBeCloseTo(1 - 1 / k, 6);
  }
  expect(stats().pipelinesCreated - before).toBeLessThanOrEqual(2);
  expect(stats(update)).toMatchObject({ traces: 1, compilations: 2 });
});

test("x = x · a + b, 10,000 times, compiles, runs and is right", async () => {
  const f = jit((x: Tensor, a: Tensor, b: Tensor) => {
    for (let k = 0; k < 10_000; k++) x = x.mul(a).add(b);
    return x;
  });
  expect(await f(tensor([2]), tensor([0.5]), tensor([3])).item()).toBeCloseTo(6, 5);
});

test("40 steps on 1 MB, chained, take no more than 4 MB", async () => {
  const report = await inspect(
    (x: Tensor) => {
      for (let k = 0; k < 40; k++) x = x.sub(x.mean({ axis: 1, keepdims: true })).tanh();
      return x;
    },
    zeros([512, 512]),
  );
  expect(report.peakBytes).toBeLessThanOrEqual(4 * 2 ** 20);
});

test("values captured, promoted and escaped are right on the device, too", async () => {
  let kept: Tensor | undefined;
  const scale = tensor(2);
  const f = jit((x: Tensor, n: number) => {
    kept = x.mul(scale);
    return kept.add(n).at([n, n + 2]);
  });
  for (const n of [0, 1, 2]) {
    expect(await f(tensor([1, 2, 3, 4]), n).toArray()).toEqual([2 * (n + 1) + n, 2 * (n + 2) + n]);
    expect(await kept!.toArray()).toEqual([2, 4, 6, 8]);
  }
});
