import { describe, expect, test } from "vitest";
import {
  checkpoint,
  customVjp,
  grad,
  hessian,
  init,
  jit,
  jvp,
  stats,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
} from "../index.js";

await init({ device: "cpu" }); // Before the first tensor.

const fault = (code: string): object => expect.objectContaining({ code }) as object;

describe("customVjp", () => {
  // x², whose gradient is said to be 10 x.
  const odd = customVjp(
    (x: Tensor) => x.square(),
    (x) => [x.square(), { x }],
    ({ x }, ct) => [ct.mul(x).mul(10)],
  );

  test("keeps the value and replaces the gradient, in every nesting", async () => {
    const x = tensor([1, 2]);
    expect(await odd(x).toArray()).toEqual([1, 4]);
    expect(await jit(odd)(x).toArray()).toEqual([1, 4]);
    const loss = (x: Tensor): Tensor => odd(x).mul(3).sum();
    for (const f of [
      grad(loss),
      jit(grad(loss)),
      grad(jit(loss)),
      grad((x: Tensor) => vmap(odd)(x).mul(3).sum()),
    ]) {
      expect(await f(x).toArray()).toEqual([30, 60]);
    }
    const [value, slope] = valueAndGrad(loss)(x);
    expect([await value.item(), await slope.toArray()]).toEqual([15, [30, 60]]);
    expect(await vmap(grad((y: Tensor) => odd(y)))(x).toArray()).toEqual([10, 20]);
  });

  test("holds in forward mode too, and its gradients have gradients", async () => {
    const [out, tangent] = jvp(odd, [tensor([1, 2])], [tensor([1, 100])]);
    expect([await out.toArray(), await tangent.toArray()]).toEqual([
      [1, 4],
      [10, 2000],
    ]);
    expect(await grad(grad((x: Tensor) => odd(x)))(tensor(3)).item()).toBe(10);
    expect(await hessian((x: Tensor) => odd(x).sum())(tensor([1, 2])).toArray()).toEqual([
      [10, 0],
      [0, 10],
    ]);
  });

  test("takes trees, and null for what has no gradient", async () => {
    const f = customVjp(
      (p: { a: Tensor; b: Tensor }, k: Tensor, n: number) => ({
        y: p.a.mul(p.b).mul(k).mul(n),
        i: k.astype("int32"),
      }),
      (p, k, n) => [{ y: p.a.mul(p.b).mul(k).mul(n), i: k.astype("int32") }, [p, n] as const],
      ([p, n], ct) => [{ a: ct.y.mul(p.b).mul(n), b: -1 }, null, null],
    );
    const loss = (p: { a: Tensor; b: Tensor }, k: Tensor): Tensor => f(p, k, 2).y.sum();
    const [p, k] = grad(loss, [0, 1])({ a: tensor([1, 2]), b: tensor([3, 4]) }, tensor([5, 5]));
    expect([await p.a.toArray(), await p.b.toArray(), await k.toArray()]).toEqual([
      [6, 8],
      [-1, -1],
      [0, 0],
    ]);
  });

  test("clips a gradient on its way back; forwards it is the slope at 0", async () => {
    const clipped = customVjp(
      (x: Tensor) => x,
      (x) => [x, null],
      (_, ct) => [ct.clip(-1, 1)],
    );
    expect(
      await grad((x: Tensor) =>
        clipped(x)
          .mul(tensor([5, 0.5]))
          .sum(),
      )(tensor([1, 1])).toArray(),
    ).toEqual([1, 0.5]);
    expect(await jvp(clipped, [tensor(2)], [7])[1].item()).toBe(7);
  });

  test("replays, and runs forward only where it is differentiated", () => {
    const runs = { f: 0, forward: 0, backward: 0 };
    const f = customVjp(
      (x: Tensor) => (runs.f++, x.exp()),
      (x) => (runs.forward++, [x.exp(), x]),
      (x, ct) => (runs.backward++, [ct.mul(x)]),
    );
    f(tensor(1));
    jit(f)(tensor(1));
    expect(runs).toEqual({ f: 2, forward: 0, backward: 0 });
    const g = grad((x: Tensor) => f(x));
    g(tensor(1));
    const before = stats();
    g(tensor(2));
    expect(stats().traces - before.traces).toBe(0);
    expect(runs).toEqual({ f: 2, forward: 2, backward: 2 });
  });

  test("refuses gradients that are not like the arguments", () => {
    const wrong = (gradients: (ct: Tensor) => unknown): (() => unknown) => {
      const f = customVjp(
        (x: Tensor) => x.sum(),
        (x) => [x.sum(), x],
        (_, ct) => gradients(ct) as never,
      );
      return () => grad((x: Tensor) => f(x))(tensor([1, 2]));
    };
    expect(wrong((ct) => ct)).toThrow(fault("W1025"));
    expect(wrong(() => [])).toThrow(fault("W1025"));
    expect(wrong((ct) => [ct])).toThrow(fault("W1025"));
    expect(wrong(() => ["x"])).toThrow(fault("W1025"));
  });
});

test("checkpoint changes neither values nor gradients", async () => {
  const f = (x: Tensor): Tensor => x.sin().exp().sum();
  const x = tensor([0.3, 0.7]);
  expect(await checkpoint(f)(x).item()).toBe(await f(x).item());
  expect(await grad(checkpoint(f))(x).toArray()).toEqual(await grad(f)(x).toArray());
});
