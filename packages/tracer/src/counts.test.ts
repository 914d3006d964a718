import { beforeAll, describe, expect, test } from "vitest";
import {
  add,
  crossEntropy,
  eager,
  gelu,
  grad,
  init,
  inspect,
  jit,
  logSoftmax,
  matmul,
  mean,
  relu,
  softmax,
  square,
  stats,
  sub,
  sync,
  tensor,
  type Tensor,
  valueAndGrad,
  zeros,
} from "./index.js";

beforeAll(() => init());

/** Distinct numbers around 0. */
function filled(shape: readonly number[]): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 101 - 0.5),
    { shape },
  );
}

async function dispatchesOf(f: (...args: never[]) => unknown, ...args: unknown[]): Promise<number> {
  return (await inspect(f as (...args: unknown[]) => unknown, ...args)).dispatches;
}

const labels = (count: number): Tensor =>
  tensor(
    Int32Array.from({ length: count }, (_, i) => i % 10),
    { shape: [count], dtype: "int32" },
  );

describe("dispatches", () => {
  const x = filled([100, 10]);
  const c = filled([100, 10]);

  test("an elementwise function with two outputs takes 1", async () => {
    expect(await dispatchesOf((x: Tensor) => [x.sin(), x.cos().mul(2)], x)).toBe(1);
  });

  test("softmax takes 1, and its gradient 1", async () => {
    expect(await dispatchesOf((x: Tensor) => softmax(x), x)).toBe(1);
    const total = (x: Tensor, c: Tensor): Tensor => softmax(x).mul(c).sum();
    expect(await dispatchesOf(grad(total), x, c)).toBe(1);
  });

  test("log-softmax with cross-entropy takes at most 2, value and gradient", async () => {
    const loss = (x: Tensor, y: Tensor): Tensor => crossEntropy(x, y);
    expect(await dispatchesOf(valueAndGrad(loss), x, labels(100))).toBeLessThanOrEqual(2);
    const byHand = (x: Tensor, p: Tensor): Tensor =>
      logSoftmax(x)
        .mul(p)
        .sum()
        .mul(-1 / 100);
    expect(await dispatchesOf(valueAndGrad(byHand), x, c)).toBeLessThanOrEqual(2);
  });

  test("the sum and the maximum of one axis take 1", async () => {
    for (const axis of [0, 1]) {
      expect(await dispatchesOf((x: Tensor) => [x.sum({ axis }), x.max({ axis })], x)).toBe(1);
    }
  });

  test("standardise takes 1, and its gradient 1", async () => {
    const standardise = (x: Tensor): Tensor => {
      const centred = x.sub(x.mean({ axis: -1, keepdims: true }));
      return centred.div(square(centred).mean({ axis: -1, keepdims: true }).add(1e-5).sqrt());
    };
    expect(await dispatchesOf(standardise, x)).toBe(1);
    expect(
      await dispatchesOf(
        grad((x: Tensor, c: Tensor) => standardise(x).mul(c).sum()),
        x,
        c,
      ),
    ).toBe(1);
  });

  test("gelu(dot + b) takes 1", async () => {
    const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => gelu(matmul(x, w).add(b));
    expect(await dispatchesOf(layer, filled([32, 64]), filled([64, 48]), filled([48]))).toBe(1);
  });

  test("one op each without fusion", async () => {
    expect(
      await dispatchesOf(
        eager((x: Tensor) => x.sin().mul(2).add(1)),
        x,
      ),
    ).toBe(3);
  });
});

const predict = ([w1, b1, w2, b2]: Tensor[], x: Tensor): Tensor =>
  matmul(relu(matmul(x, w1!).add(b1!)), w2!).add(b2!);
const loss = (w: Tensor[], x: Tensor, y: Tensor): Tensor => crossEntropy(predict(w, x), y);
const mlp = (): Tensor[] => [filled([784, 64]), filled([64]), filled([64, 10]), filled([10])];

function makeStep(): (w: Tensor[], x: Tensor, y: Tensor, lr: number) => readonly [Tensor[], Tensor] {
  const step = (w: Tensor[], x: Tensor, y: Tensor, lr: number): readonly [Tensor[], Tensor] => {
    const [value, gradients] = valueAndGrad(loss)(w, x, y);
    return [w.map((p, k) => sub(p, gradients[k]!.mul(lr))), value];
  };
  return jit(step, { donate: [0] });
}

describe("a training step of the MLP", () => {
  const x = filled([100, 784]);
  const y = labels(100);

  test("takes at most 8 dispatches and 1 submit, and creates nothing after the second", async () => {
    const step = makeStep();
    let w = mlp();
    const run = async (): Promise<number> => {
      const [next, value] = step(w, x, y, 0.1);
      w = next;
      const number = await value.item();
      value.dispose();
      return number;
    };
    const losses = [await run(), await run(), await run()];
    const before = stats();
    for (let i = 0; i < 5; i++) losses.push(await run());
    const after = stats();
    expect(after.dispatches - before.dispatches).toBeLessThanOrEqual(5 * 8);
    expect(after.submits - before.submits).toBe(5);
    expect(after.buffersCreated - before.buffersCreated).toBe(0);
    expect(after.bindGroupsCreated - before.bindGroupsCreated).toBe(0);
    expect(after.pipelinesCreated - before.pipelinesCreated).toBe(0);
    expect(losses[7]!).toBeLessThan(losses[0]!);
  });

  test("with 10 learning rates compiles each kernel at most twice", async () => {
    const step = makeStep();
    let w = mlp();
    const before = stats();
    for (let i = 0; i < 10; i++) [w] = step(w, x, y, 0.1 / (i + 1));
    await sync();
    const { dispatches } = await inspect(step, mlp(), x, y, 0.1);
    expect(stats().pipelinesCreated - before.pipelinesCreated).toBeLessThanOrEqual(2 * dispatches);
    expect(stats(step).traces).toBe(1);
    expect(stats(step).compilations).toBeLessThanOrEqual(2);
  });
});

describe("memory", () => {
  test("10,000 training steps without dispose keep live bytes bounded", async () => {
    const small = jit((w: Tensor, x: Tensor) =>
      sub(w, grad((w: Tensor) => mean(square(matmul(x, w))))(w).mul(0.01)),
    );
    const x = filled([8, 64]);
    let w = filled([64, 64]); // 16 KiB a step: 160 MB in all
    let most = 0;
    for (let i = 0; i < 10_000; i++) {
      w = small(w, x);
      if (i % 50 === 0) {
        await w.sum().item();
        most = Math.max(most, stats().liveBytes);
      }
    }
    expect(Number.isFinite(await w.sum().item())).toBe(true);
    expect(most).toBeLessThan(32 << 20);
  });

  test("40 chained steps on 1 MB in one function need at most 4 MB", async () => {
    const chain = (x: Tensor): Tensor => {
      for (let i = 0; i < 40; i++) x = x.sin().mul(1.01).add(i);
      return x;
    };
    const report = await inspect(chain, zeros([512, 512]));
    expect(report.peakBytes).toBeLessThanOrEqual(4 << 20);
  });
});

test("x = x*a + b, 10,000 times in one function, compiles, runs and is right", async () => {
  const chain = jit((x: Tensor, a: Tensor, b: Tensor) => {
    for (let i = 0; i < 10_000; i++) x = add(x.mul(a), b);
    return x;
  });
  const result = await chain(tensor([1, 2]), tensor([0.5, -0.25]), tensor([1, 5])).toArray();
  expect(result).toEqual([2, 4]);
});
