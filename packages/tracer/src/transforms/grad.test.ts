import { beforeAll, describe, expect, test } from "vitest";
import {
  exp,
  grad,
  init,
  jit,
  matmul,
  sin,
  stats,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const code = (code: string): unknown => expect.objectContaining({ code });

/** A function of one tensor that does not look at it. */
function constant<T>(make: () => T): (x: Tensor) => T {
  return make;
}

describe("grad", () => {
  test("has the structure of its argument", async () => {
    type Params = {
      layers: readonly (readonly [Tensor, Tensor])[];
      name: string;
      extra: Map<string, Tensor>;
    };
    const loss = (p: Params, x: Tensor): Tensor =>
      p.layers
        .reduce((h, [w, b]) => h.mul(w).add(b), x)
        .mul(p.extra.get("k")!)
        .sum();
    const params: Params = {
      layers: [
        [tensor(2), tensor(3)],
        [tensor(5), tensor(7)],
      ],
      name: "net",
      extra: new Map([["k", tensor(11)]]),
    };
    const g = grad(loss)(params, tensor(1));
    expect(await g.layers[0]![0].item()).toBe(55);
    expect(await g.layers[1]![0].item()).toBe(55);
    expect(await g.layers[1]![1].item()).toBe(11);
    expect(await g.extra.get("k")!.item()).toBe(32);
    expect(g.name).toBe("net");
  });

  test("takes positions: one, or a list", async () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(x).mul(y);
    expect(await grad(f, 1)(tensor(3), tensor(2)).item()).toBe(9);
    const [dx, dy] = grad(f, [0, 1])(tensor(3), tensor(2));
    expect([await dx.item(), await dy.item()]).toEqual([12, 9]);
  });

  test("of a number argument is a scalar tensor", async () => {
    const g = grad((x: number | Tensor, y: Tensor) => y.mul(x).mul(x).sum());
    const results: number[] = [];
    for (const x of [3, 4, 5]) results.push(await g(x, tensor([1, 2])).item());
    expect(results).toEqual([18, 24, 30]);
    expect(stats(g)).toMatchObject({ traces: 1, compilations: 2 });
  });

  test("is zero for what the result does not depend on", async () => {
    const g = grad((p: { a: Tensor; b: Tensor }) => p.a.sum());
    const { a, b } = g({ a: tensor([1, 2]), b: tensor([3, 4, 5]) });
    expect(await a.toArray()).toEqual([1, 1]);
    expect(await b.toArray()).toEqual([0, 0, 0]);
    expect(await grad(constant(() => tensor(1)))(tensor([1, 2])).toArray()).toEqual([0, 0]);
    expect(await grad((x: Tensor) => x)(tensor(4)).item()).toBe(1);
    // A loss that is a plain number: the empty sum of a loop that never ran.
    expect(await grad(constant(() => 0))(tensor([1, 2])).toArray()).toEqual([0, 0]);
  });

  test("follows a branch and a loop of the function", async () => {
    let [n, isOn] = [1, true];
    const g = jit(
      grad((x: Tensor) => {
        let y = x;
        for (let i = 0; i < n; i++) y = y.mul(x);
        return isOn ? y : y.negative();
      }),
    );
    const results: number[] = [];
    for ([n, isOn] of [
      [1, true],
      [2, true],
      [2, false],
      [1, true],
    ] as const)
      results.push(await g(tensor(3)).item());
    expect(results).toEqual([6, 27, -27, 6]);
    expect(stats(g)).toMatchObject({ traces: 3, replays: 1 });
  });

  test("of one tensor at two positions gives two gradients", async () => {
    const x = tensor(3);
    const [a, b] = grad((a: Tensor, b: Tensor) => a.mul(a).mul(b), [0, 1])(x, x);
    expect([await a.item(), await b.item()]).toEqual([18, 9]);
  });

  test("does not differentiate a captured tensor, even the very argument", async () => {
    const x = tensor(3);
    expect(await grad((y: Tensor) => y.mul(x))(x).item()).toBe(3);
  });

  test("written inside a loop replays, for one function and for closures made anew", async () => {
    const before = stats();
    const loss = (w: Tensor): Tensor => w.mul(w).sum();
    let w = tensor([1, 2]);
    for (let i = 0; i < 5; i++) w = w.sub(grad(loss)(w).mul(0.25));
    for (let i = 0; i < 5; i++) w = w.sub(grad((v: Tensor) => v.mul(v).mul(w).sum())(w).mul(0));
    expect(await w.toArray()).toEqual([1 / 32, 2 / 32]);
    expect(stats().traces - before.traces).toBe(2);
    expect(stats().replays - before.replays).toBe(8);
  });
});

describe("grad of grad", () => {
  test("is the second derivative", async () => {
    const cube = (x: Tensor): Tensor => x.mul(x).mul(x);
    expect(await grad(grad(cube))(tensor(2)).item()).toBe(12);
    expect(await grad(grad(grad(cube)))(tensor(2)).item()).toBe(6);
    expect(await jit(grad(jit(grad(cube))))(tensor(2)).item()).toBe(12);
  });

  test("with the inner one for one argument and the outer one for another", async () => {
    // f = x² y³, ∂f/∂y = 3 x² y², ∂²f/∂x∂y = 6 x y²
    const f = (x: Tensor, y: Tensor): Tensor => x.square().mul(y.mul(y).mul(y));
    const mixed = grad((x: Tensor, y: Tensor) => grad(f, 1)(x, y));
    expect(await mixed(tensor(2), tensor(3)).item()).toBe(108);
  });

  test("over a closure keeps the perturbations apart", async () => {
    // d/dx (x · d/dy (x + y)) = 1; a mix-up of the two gives 2.
    const f = grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(tensor(1))));
    expect(await f(tensor(1)).item()).toBe(1);
    // d/dx (x · d/dy (x y)|y=x) = 2x
    const g = grad((x: Tensor) => x.mul(grad((y: Tensor) => x.mul(y))(x)));
    expect(await g(tensor(5)).item()).toBe(10);
  });

  test("three deep, each using all around it", async () => {
    // h = d/dz (x y z + z²)|z=y = x y + 2 y; g = d/dy (h y)|y=x = 2 x y + 4 y → 2 x² + 4 x; f = d/dx = 4 x + 4
    const f = grad((x: Tensor) =>
      grad((y: Tensor) => grad((z: Tensor) => x.mul(y).mul(z).add(z.square()))(y).mul(y))(x),
    );
    expect(await f(tensor(3)).item()).toBe(16);
  });

  test("in a loop, through a step that differentiates", async () => {
    // Two steps of gradient descent on a w² / 2, then the sensitivity of w² to a.
    const descend = (a: Tensor): Tensor => {
      let w = tensor(1);
      for (let i = 0; i < 2; i++) w = w.sub(grad((v: Tensor) => v.square().mul(a).mul(0.5))(w).mul(0.5));
      return w.square();
    };
    const a = 0.5;
    const exact = 4 * (1 - a / 2) ** 3 * -0.5;
    expect(await jit(grad(descend))(tensor(a)).item()).toBeCloseTo(exact, 6);
  });
});

describe("valueAndGrad", () => {
  test("gives the value of the function and the gradient", async () => {
    const f = valueAndGrad((w: Tensor, x: Tensor) => matmul(x, w).sum());
    const [value, gradient] = f(tensor([[1], [2]]), tensor([[3, 4]]));
    expect(await value.item()).toBe(11);
    expect(await gradient.toArray()).toEqual([[3], [4]]);
  });

  test("hands aux through, the very objects", async () => {
    const tag = { name: "aux" };
    const f = jit(
      valueAndGrad(
        (w: Tensor) => {
          const y = w.mul(2);
          return [y.sum(), { y, w, tag, count: 3 }] as const;
        },
        0,
        { hasAux: true },
      ),
    );
    for (const value of [1, 5]) {
      const [[loss, aux], gradient] = f(tensor([value, 2]));
      expect(await loss.item()).toBe(2 * value + 4);
      expect(await aux.y.toArray()).toEqual([2 * value, 4]);
      expect(await aux.w.toArray()).toEqual([value, 2]);
      expect(aux.tag).toBe(tag);
      expect(aux.count).toBe(3);
      expect(await gradient.toArray()).toEqual([2, 2]);
    }
    expect(stats(f)).toMatchObject({ traces: 1, replays: 1 });
  });

  test("inside a jitted step replays", async () => {
    const loss = (w: Tensor, x: Tensor): Tensor => sin(w.mul(x)).sum();
    const step = jit((w: Tensor, x: Tensor, rate: number) => {
      const [value, g] = valueAndGrad(loss)(w, x);
      return [w.sub(g.mul(rate)), value] as const;
    });
    let w = tensor([0.1, 0.2]);
    let expected = [0.1, 0.2];
    for (let i = 1; i <= 4; i++) {
      [w] = step(w, tensor([1, 2]), 0.1 / i);
      expected = expected.map((v, k) => v - (0.1 / i) * (k + 1) * Math.cos(v * (k + 1)));
    }
    const got = (await w.toArray()) as number[];
    got.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 5));
    expect(stats(step)).toMatchObject({ traces: 1, compilations: 2 });
  });
});

describe("values inside a differentiated function", () => {
  test("that do not depend on its argument may be cached outside", async () => {
    let table: Tensor | undefined;
    const f = grad((w: Tensor, x: Tensor) => {
      table ??= exp(x);
      return w.mul(table).sum();
    });
    expect(await f(tensor([1, 2]), tensor([0, 0])).toArray()).toEqual([1, 1]);
    expect(await f(tensor([1, 2]), tensor([9, 9])).toArray()).toEqual([1, 1]);
    expect(await table!.toArray()).toEqual([1, 1]);
  });

  test("that do depend on it are an error outside, at the line that uses them", async () => {
    let leaked: Tensor | undefined;
    const f = jit((x: Tensor) => {
      const g = grad((y: Tensor) => (leaked = y.mul(y)).add(1))(x);
      return g.add(leaked!);
    });
    expect(() => f(tensor(1))).toThrow(code("W1003"));
    expect(() => leaked!.add(1)).toThrow(code("W1003"));
    await expect(leaked!.data()).rejects.toMatchObject({ code: "W1003" });
    expect(await tensor(1).add(1).item()).toBe(2);
  });

  test("are an error as a result of the outer function, too", () => {
    const f = jit((x: Tensor) => {
      let leaked = x;
      grad((y: Tensor) => (leaked = y.mul(y)).add(1))(x);
      return leaked;
    });
    expect(() => f(tensor(1))).toThrow(code("W1003"));
  });

  test("of an exception do no harm to the next call", async () => {
    let fails = true;
    const inner = grad((y: Tensor) => {
      const z = y.mul(y);
      if (fails) throw new Error("inside");
      return z;
    });
    const f = jit((x: Tensor) => {
      try {
        return inner(x).add(1);
      } catch {
        return x.negative();
      }
    });
    expect(await f(tensor(3)).item()).toBe(-3);
    fails = false;
    expect(await f(tensor(3)).item()).toBe(7);
    fails = true;
    expect(await f(tensor(4)).item()).toBe(-4);
    expect(() => inner(tensor(3))).toThrow("inside");
    fails = false;
    expect(await inner(tensor(3)).item()).toBe(6);
  });
});

describe("grad refuses", () => {
  test("a result that is no float scalar", () => {
    expect(() => grad((x: Tensor) => x.mul(2))(tensor([1, 2]))).toThrow(code("W1006"));
    expect(() => grad((x: Tensor) => x.greater(2))(tensor(1))).toThrow(code("W1006"));
    expect(() => grad(constant(() => null))(tensor(1))).toThrow(code("W1006"));
  });

  test("an integer or bool argument", () => {
    expect(() => grad((x: Tensor) => x.sum())(tensor([1], { dtype: "int32" }))).toThrow(code("W1007"));
    expect(() => grad((p: { m: Tensor }) => where(p.m, 1, 0).sum())({ m: tensor([true]) })).toThrow(/p\.m/);
  });

  test("a number inside a differentiated tree, naming its path", () => {
    const f = grad((p: { layers: [{ rate: number; w: Tensor }] }) => p.layers[0].w.mul(p.layers[0].rate));
    const call = (): unknown => f({ layers: [{ rate: 2, w: tensor(1) }] });
    expect(call).toThrow(code("W1008"));
    expect(call).toThrow(/p\.layers\[0\]\.rate/);
  });

  test("an argument that is not there or holds no tensor", () => {
    expect(() => grad((x: Tensor) => x.sum(), 2)(tensor(1))).toThrow(code("W1009"));
    expect(() => grad((o: { name: string }) => tensor(o.name.length))({ name: "x" })).toThrow(code("W1009"));
  });

  test("to nest without end", () => {
    const endless = (x: Tensor): Tensor => grad(endless)(x);
    expect(() => endless(tensor(1))).toThrow(code("W1015"));
  });
});
