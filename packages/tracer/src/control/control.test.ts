import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  add,
  checkGrads,
  cond,
  forLoop,
  grad,
  greater,
  hessian,
  inspect,
  jit,
  jvp,
  less,
  matmul,
  ones,
  scan,
  stats,
  sync,
  type Tensor,
  tanh,
  tensor,
  vmap,
  where,
  whileLoop,
  zeros,
} from "../index.js";

afterAll(() => sync());

const value = async (x: Tensor): Promise<unknown> => x.toArray();

describe("cond", () => {
  const branch = (x: Tensor): Tensor =>
    cond(
      greater(x.sum(), 0),
      () => x.mul(2),
      () => x.square().neg(),
    );

  test("flips between calls of one trace, without a read", async () => {
    const f = jit(branch);
    const results = [tensor([1, 2]), tensor([-1, -2]), tensor([3, 0])].map(f);
    const before = stats();
    await sync();
    expect(stats().reads).toBe(before.reads);
    expect(await Promise.all(results.map(value))).toEqual([
      [2, 4],
      [-1, -4],
      [6, 0],
    ]);
    expect(await value(branch(tensor([1, 1])))).toEqual([2, 2]);
  });

  test("has the gradient of the branch that is taken, whatever the other's would be", async () => {
    const f = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (y) => y.sqrt(),
        (y) => y.mul(3),
        x,
      );
    const slope = jit(grad(f));
    expect(await slope(tensor(4)).item()).toBe(0.25);
    expect(await slope(tensor(0)).item()).toBe(3);
    expect(await slope(tensor(-1)).item()).toBe(3);
    expect(await jvp(f, [tensor(4)], [tensor(2)])[1].item()).toBe(0.5);
    expect(await grad(grad(f))(tensor(4)).item()).toBeCloseTo(-1 / 32, 6);
  });

  test("takes closures, trees and numbers, and chooses at once where JavaScript knows", async () => {
    const w = tensor(3);
    const f = jit((x: Tensor) =>
      cond(
        greater(x, 0),
        () => ({ y: x.mul(w), kind: "tree", n: 1, same: w }),
        () => ({ y: 0 as unknown as Tensor, kind: "tree", n: 2, same: w }),
      ),
    );
    const [up, down] = [f(tensor(2)), f(tensor(-2))];
    expect(up.kind).toBe("tree");
    expect(up.same).toBe(w);
    expect(await value(up.y)).toBe(6);
    expect(await value(down.y)).toBe(0);
    expect(await value(down.n as unknown as Tensor)).toBe(2);
    expect(cond(true, () => "yes", () => "no")).toBe("yes"); // prettier-ignore
  });

  test("nests, also in derivatives and batches", async () => {
    const f = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        () =>
          cond(
            greater(x, 2),
            () => x.square(),
            () => grad((y: Tensor) => y.mul(y).mul(x))(x),
          ),
        () => x.neg(),
      );
    const points = [3, 1, -1];
    const plain = (x: number): number => (x > 2 ? x * x : x > 0 ? 2 * x * x : -x);
    for (const x of points) expect(await jit(f)(tensor(x)).item()).toBeCloseTo(plain(x), 5);
    expect(await value(vmap(f)(tensor(points)))).toEqual(points.map(plain));
    for (const x of points) await checkGrads(f, [tensor(x)], { order: 2 });
    expect(await value(vmap(grad(f))(tensor(points)))).toEqual([6, 4, -1]);
  });

  test("computes a branch's own values in the branch alone: they have none outside", () => {
    let kept: Tensor | undefined;
    const f = jit((x: Tensor) => {
      cond(
        greater(x, 0),
        () => (kept = x.mul(2)),
        () => x,
      );
      return kept!.add(1);
    });
    expect(() => f(tensor(1))).toThrow(expect.objectContaining({ code: "W1003" }));
  });

  test("says what does not go together", () => {
    const x = tensor([1, 2]);
    const choose = (onTrue: () => unknown, onFalse: () => unknown): unknown =>
      cond(greater(x.sum(), 0), onTrue, onFalse);
    const code = (code: string): unknown => expect.objectContaining({ code });
    expect(() => choose(() => [x], () => x)).toThrow(code("W1060")); // prettier-ignore
    expect(() => choose(() => x, () => x.sum())).toThrow(code("W1061")); // prettier-ignore
    expect(() => choose(() => "a", () => "b")).toThrow(code("W1062")); // prettier-ignore
    expect(() => cond(x, () => 1, () => 2)).toThrow(code("W1064")); // prettier-ignore
    expect(() => choose(async () => x, () => x)).toThrow(code("W1005")); // prettier-ignore
  });
});

describe("whileLoop", () => {
  const sqrt2 = (x: Tensor, tolerance: number = 1e-6): Tensor =>
    whileLoop(
      ({ error }) => greater(error, tolerance),
      ({ x: at }) => {
        const next = at.sub(at.mul(at).sub(2).div(at.mul(2)));
        return { x: next, error: next.sub(at).abs() };
      },
      { x, error: 1 as unknown as Tensor },
    ).x;

  test("converges, however many iterations that takes, with one trace", async () => {
    const f = jit((x: Tensor) => sqrt2(x));
    for (const start of [1, 1000, 1e-3]) expect(await f(tensor(start)).item()).toBeCloseTo(Math.SQRT2, 5);
    expect((await inspect(f, tensor(1))).retraces).toBe(0);
    expect(await sqrt2(tensor(5)).item()).toBeCloseTo(Math.SQRT2, 5);
  });

  test("looks at its flag once a call when the count is like the last", async () => {
    const f = jit((x: Tensor) => sqrt2(x));
    const x = tensor(1000);
    const call = async (): Promise<void> => {
      using root = f(x);
      await root.item();
    };
    for (let warm = 0; warm < 3; warm++) await call();
    const before = stats();
    await call();
    expect(stats().loopChecks! - before.loopChecks!).toBe(1);
    expect(stats().buffersCreated).toBe(before.buffersCreated);
    expect(stats().pipelinesCreated).toBe(before.pipelinesCreated);
  });

  test("has gradients through as many iterations as there were", async () => {
    const halved = (x: Tensor, w: Tensor): Tensor =>
      whileLoop(
        (y) => greater(y, 1),
        (y) => y.mul(w),
        x,
      );
    const slopes = jit(grad(halved, [0, 1]));
    for (const x of [10, 3, 0.5, 5000]) {
      let [y, dx, dw] = [x, 1, 0];
      while (y > 1) [y, dx, dw] = [y * 0.5, dx * 0.5, dw * 0.5 + y];
      const [got, gotW] = slopes(tensor(x), tensor(0.5));
      expect(await got.item()).toBeCloseTo(dx, 5);
      expect((await gotW.item()) / Math.max(1, dw)).toBeCloseTo(dw / Math.max(1, dw), 5);
    }
    const [, pushed] = jvp((w: Tensor) => halved(tensor(10), w), [tensor(0.5)], [tensor(1)]);
    expect(await pushed.item()).toBeCloseTo(4 * 10 * 0.5 ** 3, 4);
  });

  test("keeps thousands of iterations for its gradient", async () => {
    const f = (x: Tensor): Tensor =>
      whileLoop(
        ([i]) => less(i, 3000),
        ([i, y]) => [i.add(1), y.mul(0.9999)] as const,
        [tensor(0), x] as const,
      )[1];
    expect(await jit(grad(f))(tensor(2)).item()).toBeCloseTo(0.9999 ** 3000, 4);
  });

  test("in a branch that is not taken never starts", async () => {
    const f = jit((x: Tensor) =>
      cond(
        greater(x, 0),
        () =>
          whileLoop(
            (y) => less(y, 100),
            (y) => y.mul(2),
            x,
          ),
        () => x,
      ),
    );
    expect(await f(tensor(3)).item()).toBe(192);
    expect(await f(tensor(-1)).item()).toBe(-1); // Doubling would never reach 100.
    expect(await jit(grad(f))(tensor(3)).item()).toBe(64);
    expect(await jit(grad(f))(tensor(-1)).item()).toBe(1);
  });

  test("in a batch goes on for those that need it", async () => {
    expect(await value(vmap((x: Tensor) => sqrt2(x))(tensor([1, 100])))).toEqual([
      expect.closeTo(Math.SQRT2, 5),
      expect.closeTo(Math.SQRT2, 5),
    ]);
  });

  test("says what changes and what is no condition", () => {
    const x = tensor([1, 2]);
    const code = (code: string): unknown => expect.objectContaining({ code });
    expect(() => whileLoop(() => greater(x.sum(), 0), (y) => y.sum(), x)).toThrow(code("W1063")); // prettier-ignore
    expect(() => whileLoop(() => greater(x.sum(), 0), (y) => [y] as never, x)).toThrow(code("W1063")); // prettier-ignore
    expect(() => whileLoop(() => true, (y) => y, x)).toThrow(code("W1064")); // prettier-ignore
    expect(() => whileLoop((y) => greater(y, 0), (y) => y, x)).toThrow(code("W1064")); // prettier-ignore
  });
});

describe("forLoop and scan", () => {
  test("forLoop counts from low to high", async () => {
    const f = jit((n: number, x: Tensor) => forLoop(1, n, (i, y) => y.mul(2).add(i), x));
    expect(await f(4, tensor(1)).item()).toBe(((1 * 2 + 1) * 2 + 2) * 2 + 3);
    expect(await f(1, tensor(1)).item()).toBe(1);
    const g = jit((n: Tensor) => forLoop(0, n, (i, y) => y.add(i), tensor(0)));
    expect(await g(tensor(5, { dtype: "int32" })).item()).toBe(10);
  });

  const net = (h: Tensor, xs: Tensor, w: Tensor): Tensor => {
    const [last, hs] = scan(
      (carry: Tensor, x: Tensor) => {
        const next = tanh(add(matmul(carry, w), x));
        return [next, next.sum()];
      },
      h,
      xs,
    );
    return last.sum().add(hs.square().sum());
  };
  const inputs = (length: number): [Tensor, Tensor, Tensor] => [
    ones([2, 3]).mul(0.3),
    ones([length, 2, 3]).mul(0.1),
    tensor([[0.1, 0.2, 0.3], [-0.3, 0.1, 0.2], [0.5, -0.4, 0.1]]), // prettier-ignore
  ];
  const unrolled = (h: Tensor, xs: Tensor, w: Tensor): Tensor => {
    let total: Tensor = zeros([]);
    for (let t = 0; t < xs.shape[0]!; t++) {
      h = tanh(add(matmul(h, w), xs.at(t)));
      total = total.add(h.sum().square());
    }
    return h.sum().add(total);
  };

  test("scan equals the loop in JavaScript, and so do its derivatives", async () => {
    const given = inputs(5);
    expect(await jit(net)(...given).item()).toBeCloseTo(await unrolled(...given).item(), 4);
    const [own, theirs] = [grad(net, [0, 1, 2]), grad(unrolled, [0, 1, 2])].map((f) => jit(f)(...given));
    for (let k = 0; k < 3; k++) {
      const [a, b] = [await own![k]!.data(), await theirs![k]!.data()];
      a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 4));
    }
    const curvature = await hessian((w: Tensor) => net(given[0], given[1], w))(given[2]).data();
    const wanted = await hessian((w: Tensor) => unrolled(given[0], given[1], w))(given[2]).data();
    curvature.forEach((x, i) => expect(x).toBeCloseTo(wanted[i]!, 3));
  });

  test("scan compiles the same kernels for any length, and runs in one submit", async () => {
    const step = jit(grad(net, 2));
    const short = await inspect(step, ...inputs(4));
    const long = await inspect(step, ...inputs(64));
    expect(long.pipelines).toBe(short.pipelines);
    await step(...inputs(64)).data();
    const given = inputs(64);
    await sync();
    const before = stats();
    const result = step(...given);
    await sync();
    expect(stats().submits! - before.submits!).toBe(1);
    result.dispose();
  });

  test("scan goes backwards, repeats without rows, and is batched", async () => {
    const sums = (reverse: boolean): [Tensor, Tensor] =>
      scan((total: Tensor, x: Tensor) => [total.add(x), total], tensor(0), tensor([1, 2, 3]), { reverse });
    expect(await value(sums(false)[1])).toEqual([0, 1, 3]);
    expect(await value(sums(true)[1])).toEqual([5, 3, 0]);
    const [power] = scan((x: Tensor) => [x.mul(2), null], tensor(1), null, { length: 10 });
    expect(await power.item()).toBe(1024);
    const rows = vmap((xs: Tensor) => scan((a: Tensor, x: Tensor) => [a.add(x), a], tensor(0), xs)[1]);
    expect(await value(rows(tensor([[1, 2], [3, 4]])))).toEqual([[0, 1], [0, 3]]); // prettier-ignore
  });

  test("scan says which lengths do not fit, and when it gets no pair", () => {
    const code = expect.objectContaining({ code: "W1065" });
    const f = (a: Tensor, x: readonly Tensor[]): [Tensor, null] => [a.add(x[0]!.sum()), null];
    expect(() => scan(f, tensor(0), [ones([2]), ones([3])])).toThrow(code);
    expect(() => scan((a: Tensor) => [a, null] as const, tensor(0), null)).toThrow(code);
    expect(() => scan(((a: Tensor) => a) as never, tensor(0), ones([2]))).toThrow(code);
  });

  test("a captured tensor and a loop-free part replay like everything else", async () => {
    let scale = tensor(2);
    const f = jit((x: Tensor) => forLoop(0, 3, (_, y) => where(greater(y, 50), y, y.mul(scale)), x));
    expect(await f(tensor(1)).item()).toBe(8);
    scale = tensor(10);
    expect(await f(tensor(1)).item()).toBe(100);
    expect((await inspect(f, tensor(1))).retraces).toBe(0);
  });
});

beforeEach(async () => sync());
