import { beforeAll, describe, expect, test } from "vitest";
import { grad, init, jit, jvp, stats, type Tensor, tensor, vjp, vmap } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const fault = (code: string): object => expect.objectContaining({ code }) as object;

describe("jvp", () => {
  test("gives the result and its tangent, of trees of arguments and results", async () => {
    const f = (p: { w: Tensor; b: Tensor }, x: Tensor): { y: Tensor; sum: Tensor; n: number } => {
      const y = p.w.mul(x).add(p.b);
      return { y, sum: y.square().sum(), n: 3 };
    };
    const primals = [{ w: tensor([1, 2]), b: tensor(1) }, tensor([3, 4])] as const;
    const [out, tangent] = jvp(f, [...primals], [{ w: tensor([1, 0]), b: 1 }, null]);
    expect([await out.y.toArray(), await out.sum.item(), out.n]).toEqual([[4, 9], 97, 3]);
    // dy = [3 + 1, 1], d sum = 2 (4 · 4 + 9 · 1)
    expect([await tangent.y.toArray(), await tangent.sum.item(), tangent.n]).toEqual([[4, 1], 50, 3]);
  });

  test("of a number, a constant and a whole number", async () => {
    const f = (x: number): Tensor[] => [
      tensor([1, 2]).mul(x),
      tensor([1, 2]),
      tensor([1, 2]).astype("int32"),
    ];
    const [, tangents] = jvp(f, [3], [1]);
    expect(await Promise.all(tangents.map((t) => t.toArray()))).toEqual([
      [1, 2],
      [0, 0],
      [0, 0],
    ]);
  });

  test("agrees with vjp: ct · J v is Jᵀ ct · v", async () => {
    const f = (x: Tensor): Tensor => x.exp().mul(x.sum()).softmax();
    const [x, v, ct] = [tensor([0.5, -1, 2]), tensor([1, 2, -1]), tensor([3, 1, 2])];
    const [, tangent] = jvp(f, [x], [v]);
    const [, pullback] = vjp(f, x);
    expect(await tangent.mul(ct).sum().item()).toBeCloseTo(await pullback(ct)[0].mul(v).sum().item(), 5);
  });

  test("replays, under jit and by itself", () => {
    const slope = (x: Tensor): Tensor => jvp((y: Tensor) => y.square().sin(), [x], [1])[1];
    for (const f of [slope, jit(slope)]) {
      f(tensor([1, 2]));
      const before = stats();
      f(tensor([3, 4]));
      expect(stats().traces - before.traces).toBe(0);
      expect(stats().replays - before.replays).toBe(1);
    }
  });

  test("refuses tangents that are not like the primals, and values kept from inside", () => {
    const f = (x: Tensor): Tensor => x.square();
    expect(() => jvp(f, [tensor([1, 2])], [tensor([1, 2, 3])])).toThrow(fault("W1023"));
    expect(() => jvp(f, [tensor([1, 2])], [] as never)).toThrow(fault("W1023"));
    expect(() => jvp(f, [tensor([1, 2])], [[tensor([1, 2])]])).not.toThrow();
    expect(() => jvp(f, [tensor([1, 2])], ["x"])).toThrow(fault("W1023"));
    expect(() => jvp(f, [tensor([1, 2], { dtype: "int32" })], [1])).toThrow(fault("W1007"));
    let kept: Tensor | undefined;
    jvp((x: Tensor) => (kept = x.square()).sum(), [tensor([1, 2])], [1]);
    expect(() => kept!.add(1)).toThrow(fault("W1003"));
  });
});

describe("perturbations stay apart", () => {
  // d/dx (x · d/dy (x + y)) = 1; a mix-up of the two gives 2.
  const classic = (inner: (f: (y: Tensor) => Tensor, at: Tensor) => Tensor) => (x: Tensor) =>
    x.mul(inner((y: Tensor) => x.add(y), tensor(1)));
  const forwards = (f: (y: Tensor) => Tensor, at: Tensor): Tensor => jvp(f, [at], [1])[1];
  const backwards = (f: (y: Tensor) => Tensor, at: Tensor): Tensor => grad(f)(at);
  const ways = [
    ["jvp", forwards],
    ["grad", backwards],
  ] as const;

  for (const [outerName, outer] of ways) {
    for (const [innerName, inner] of ways) {
      test(`${outerName} of ${innerName}`, async () => {
        expect(await outer(classic(inner), tensor(5)).item()).toBe(1);
        expect(await jit((x: Tensor) => outer(classic(inner), x))(tensor(5)).item()).toBe(1);
        // d/dx (x · d/dy (x y) at y = x) = 2x
        const f = (x: Tensor): Tensor => x.mul(inner((y: Tensor) => x.mul(y), x));
        expect(await outer(f, tensor(5)).item()).toBe(10);
        // The second derivative of x³
        expect(await outer((x: Tensor) => inner((y: Tensor) => y.mul(y).mul(y), x), tensor(2)).item()).toBe(
          12,
        );
      });

      test(`${outerName} of vmap of ${innerName}`, async () => {
        // g(a) = Σ_i d/dy (a y x_i²)|y=a = a Σ x_i², whose slope is Σ x_i²
        const g = (a: Tensor): Tensor =>
          vmap((x: Tensor) => inner((y: Tensor) => a.mul(y).mul(x.square()), a))(tensor([1, 2, 3])).sum();
        expect(await outer(g, tensor(7)).item()).toBe(14);
      });
    }
  }
});
