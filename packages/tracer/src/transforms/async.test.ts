import { beforeAll, describe, expect, test } from "vitest";
import {
  customVjp,
  grad,
  hessian,
  init,
  jit,
  jvp,
  matmul,
  stats,
  sync,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from "../index.js";
import { currentRecorder } from "@weftjs/ir";

beforeAll(async () => void (await init({ device: "cpu" })));

const isEager = (): boolean => (currentRecorder() as { isEager?: boolean }).isEager === true;
const later = (milliseconds = 1): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

const branch = async (x: Tensor): Promise<Tensor> => {
  const s = x.sum();
  if ((await s.item()) > 3) return x.mul(2);
  return x.sub(1);
};

describe("an async function under jit", () => {
  test("reads values of the running trace and follows them", async () => {
    const f = jit(branch);
    for (const x of [
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 2],
    ]) {
      expect(await (await f(tensor(x))).toArray()).toEqual(await (await branch(tensor(x))).toArray());
    }
    expect(stats(f)).toMatchObject({ traces: 2, replays: 2, calls: 4, reads: 4 });
    expect(isEager()).toBe(true);
  });

  test("has one trace where its path is fixed, and compiles nothing from the third call on", async () => {
    const f = jit(async (x: Tensor) => {
      const y = x.mul(2);
      const first = await y.sum().item();
      const z = y.add(x).mul(first);
      const [second] = (await z.max().data()) as Float32Array;
      return z.sub(second!).add(y);
    });
    const plain = (x: readonly number[]): number[] => {
      const y = x.map((v) => v * 2);
      const first = y.reduce((a, b) => a + b);
      const z = y.map((v, k) => (v + x[k]!) * first);
      return z.map((v, k) => v - Math.max(...z) + y[k]!);
    };
    for (const x of [
      [1, 2],
      [1, 2],
    ])
      expect(await (await f(tensor(x))).toArray()).toEqual(plain(x));
    const before = stats(f).compilations;
    for (const x of [
      [1, 2],
      [1, 2],
      [1, 2],
    ])
      expect(await (await f(tensor(x))).toArray()).toEqual(plain(x));
    expect(stats(f)).toMatchObject({ traces: 1, replays: 4, compilations: before });
  });

  test("loops until a value says so, with a compilation for few segments", async () => {
    const f = jit(async (x: Tensor) => {
      let steps = 0;
      for (let error = Infinity; error > 1e-6; steps++) {
        const next = x.add(tensor(2).div(x)).mul(0.5);
        error = await next.sub(x).abs().max().item();
        x = next;
      }
      return [x, steps] as const;
    });
    for (const start of [1, 100, 3, 100, 10_000]) {
      const [root, steps] = await f(tensor([start, start]));
      expect(steps).toBeGreaterThan(4);
      for (const value of await root.data()) expect(value).toBeCloseTo(Math.SQRT2, 5);
    }
  });
});

describe("gradients of async functions", () => {
  const loss = async (x: Tensor): Promise<Tensor> => {
    const h = x.mul(x);
    const s = await h.sum().item();
    const y = s > 3 ? h.mul(x) : h.mul(3);
    const t = await y.sum().item();
    return y
      .mul(t > 10 ? 1 : 2)
      .add(h)
      .sum();
  };
  const slope = (x: readonly number[]): number[] => {
    const s = x.reduce((sum, v) => sum + v * v, 0);
    const t = x.reduce((sum, v) => sum + (s > 3 ? v ** 3 : 3 * v * v), 0);
    return x.map((v) => (s > 3 ? 3 * v * v : 6 * v) * (t > 10 ? 1 : 2) + 2 * v);
  };

  test("flow across reads", async () => {
    for (const g of [grad(loss), jit(grad(loss)), grad(jit(loss)), jit(async (x: Tensor) => grad(loss)(x))]) {
      for (const x of [
        [1, 0.5],
        [1, 2],
        [2, 3],
        [1, 0.5],
        [1, 2],
      ]) {
        expect(await (await g(tensor(x))).toArray()).toEqual(slope(x));
      }
    }
  });

  test("valueAndGrad, vjp and jvp give promises of the same", async () => {
    const x = tensor([1, 2]);
    const [value, gradient] = await valueAndGrad(loss)(x);
    expect(await value.item()).toBe(23);
    expect(await gradient.toArray()).toEqual(slope([1, 2]));
    const [out, pullback] = await vjp(loss, x);
    expect(await out.item()).toBe(23);
    expect(await pullback(tensor(2))[0].toArray()).toEqual(slope([1, 2]).map((v) => 2 * v));
    const [, tangent] = await jvp(loss, [x], [tensor([1, 10])]);
    const [a, b] = slope([1, 2]);
    expect(await tangent.item()).toBe(a! + 10 * b!);
  });

  test("of gradients, and hessians", async () => {
    const cube = async (x: Tensor): Promise<Tensor> => {
      const y = x.mul(x);
      return (await y.item()) > 0 ? y.mul(x) : y;
    };
    const second = grad(async (x: Tensor) => {
      const g = await grad(cube)(x);
      return (await g.item()) > 1 ? g : g.mul(2);
    });
    for (const x of [2, 3, 2]) expect(await (await second(tensor(x))).item()).toBe(6 * x);
    expect(await (await hessian(cube)(tensor(2))).item()).toBe(12);
  });
});

describe("calls that are interleaved", () => {
  test("give what they give one by one", async () => {
    const w = tensor([1, 2]);
    const f = jit(async (x: Tensor, pause: number) => {
      const y = x.mul(w);
      if ((await y.sum().item()) > 4) x = y.add(w);
      if (pause > 0) await later(pause);
      const g = await grad(async (v: Tensor) => {
        const u = v.mul(w);
        const s = await u.sum().item();
        return u.mul(v).sum().mul(s);
      })(x.add(0));
      return g.add(w);
    });
    const starts = [
      [1, 1],
      [2, 2],
      [0, 3],
      [3, 0],
      [1, 2],
    ];
    const alone: unknown[] = [];
    for (const x of starts) alone.push(await (await f(tensor(x), 0)).toArray());
    const { traces } = stats(f);
    for (let round = 0; round < 3; round++) {
      const together = await Promise.all(
        starts.map(async (x, k) => (await f(tensor(x), (k + round) % 3)).toArray()),
      );
      expect(together).toEqual(alone);
    }
    expect(stats(f).traces - traces).toBeLessThanOrEqual(traces); // Those with a pause.
    expect(isEager()).toBe(true);
  });
});

test("vmap refuses a read of what differs, and allows others", async () => {
  const f = vmap(async (x: Tensor) => ((await x.sum().item()) > 1 ? x : x.mul(2)));
  await expect(f(zeros([2, 3]))).rejects.toMatchObject({ code: "W1040" });
  const w = tensor([3]);
  const g = vmap(async (x: Tensor) => x.mul(await w.mul(2).item()));
  expect(await (await g(tensor([1, 2]))).toArray()).toEqual([6, 12]);
});

test("customVjp may be async, but for its backward", async () => {
  const twice = customVjp(
    async (x: Tensor) => x.mul(2),
    async (x: Tensor) => {
      const s = await x.sum().item();
      return [x.mul(2), s] as const;
    },
    (s, ct) => [ct.mul(s)],
  );
  const g = grad(async (x: Tensor) => (await twice(x)).sum());
  expect(await (await g(tensor([1, 2]))).toArray()).toEqual([3, 3]);
  expect(matmul).toBeDefined();
  await sync();
});
