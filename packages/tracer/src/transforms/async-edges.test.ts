import { currentRecorder } from "@weftjs/ir";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { executor } from "../device/current.js";
import {
  customVjp,
  eager,
  grad,
  init,
  inspect,
  jit,
  stats,
  sync,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));
afterEach(() => {
  vi.restoreAllMocks();
  expect(isEager()).toBe(true);
});

const isEager = (): boolean => (currentRecorder() as { isEager?: boolean }).isEager === true;
const isTraced = (x: Tensor): boolean => x.storage === null;
const later = (milliseconds = 1): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

describe("the code after an await is traced", () => {
  const helper = async (x: Tensor): Promise<number> => x.sum().item();
  const again = (x: Tensor): Promise<number> => helper(x);
  async function* reads(x: Tensor): AsyncGenerator<number> {
    for (let k = 0; k < 3; k++) yield await x.add(k).sum().item();
  }
  const ways: Record<string, (x: Tensor) => Promise<unknown>> = {
    "a read": (x) => x.sum().item(),
    "a read of content that is there": (x) => x.data(),
    "an async helper": (x) => helper(x),
    "a helper that hands on a promise": async (x) => again(x),
    "Promise.all": (x) => Promise.all([x.sum().item(), x.max().item(), helper(x)]),
    "Promise.race": (x) => Promise.race([x.sum().item(), new Promise(() => undefined)]),
    "then and finally": (x) =>
      helper(x)
        .then((s) => s + 1)
        .finally(() => undefined),
    "no promise at all": async () => null,
    "a generator": async (x) => {
      let sum = 0;
      for await (const s of reads(x)) sum += s;
      return sum;
    },
    "a read that was asked for before another": async (x) => {
      const first = x.sum().item();
      await x.max().item();
      return first;
    },
  };
  for (const [what, wait] of Object.entries(ways)) {
    test(`of ${what}`, async () => {
      const seen: boolean[] = [];
      const f = jit(async (x: Tensor) => {
        await wait(x);
        const y = x.mul(2);
        seen.push(isTraced(y));
        return y;
      });
      for (const x of [
        [1, 2],
        [3, 4],
      ]) {
        const result = f(tensor(x));
        expect(isEager()).toBe(true);
        expect(await (await result).toArray()).toEqual(x.map((v) => 2 * v));
        expect(isEager()).toBe(true);
      }
      expect(seen).toEqual([true, true]);
      expect(stats(f)).toMatchObject({ traces: 1, replays: 1 });
    });
  }

  test("of a read that is refused", async () => {
    vi.spyOn(executor(), "read").mockRejectedValueOnce(new Error("lost"));
    let seen: Tensor | undefined;
    const f = jit(async (x: Tensor) => {
      try {
        return x.mul(await x.sum().item());
      } catch {
        seen = x.mul(2);
        const traced = isTraced(seen);
        return traced ? seen : x;
      }
    });
    expect(await (await f(tensor([1, 2]))).toArray()).toEqual([2, 4]);
    expect(await (await f(tensor([1, 2]))).toArray()).toEqual([3, 6]);
  });

  test("and other code never is", async () => {
    const seen: boolean[] = [];
    let isRunning = true;
    const others = async (): Promise<void> => {
      while (isRunning) {
        seen.push(isEager());
        await Promise.resolve();
        seen.push(isEager());
        await later(0);
        seen.push(isEager(), !isTraced(tensor([1]).add(1)));
        await tensor([1]).mul(2).item();
        seen.push(isEager());
      }
    };
    const running = [others(), others()];
    const f = jit(async (x: Tensor) => {
      for (let k = 0; k < 5; k++) x = x.mul(await Promise.all([x.sum().item(), null]).then(([s]) => s * 0.1));
      return x;
    });
    await Promise.all([f(tensor([1, 2])), f(tensor([3]))]);
    await Promise.all([1, 2, 3].map((v) => f(tensor([v])).then(() => seen.push(isEager()))));
    isRunning = false;
    await Promise.all(running);
    expect(seen.length).toBeGreaterThan(8);
    expect(seen).not.toContain(false);
  });
});

describe("after an await that no window sees", () => {
  test("values are right, in and out of gradients", async () => {
    const w = tensor([3, 4]);
    const loss = async (x: Tensor): Promise<Tensor> => {
      const y = x.mul(w);
      await later();
      const z = y.mul(y).mul(w.add(1));
      await later();
      const slope = grad((v: Tensor) => v.mul(v).mul(x).sum())(z);
      return slope.mul((await z.sum().item()) > 0 ? 1 : 2).sum();
    };
    // z = x²w²(w+1), slope = 2zx, loss = Σ 2x³w²(w+1)
    const expected = [1, 2].map((x, k) => 6 * x * x * [9 * 4, 16 * 5][k]!);
    for (const g of [grad(loss), jit(grad(loss)), jit(async (x: Tensor) => grad(loss)(x))]) {
      for (let k = 0; k < 2; k++) expect(await (await g(tensor([1, 2]))).toArray()).toEqual(expected);
    }
    const f = jit(async (x: Tensor) => {
      const y = x.mul(2);
      await later();
      return [y.add(x), x.mul(3)];
    });
    const [a, b] = await f(tensor([1, 2]));
    expect(await a!.toArray()).toEqual([3, 6]);
    expect(await b!.toArray()).toEqual([3, 6]);
  });

  test("a function with a gradient of its own keeps it", async () => {
    const odd = customVjp(
      (x: Tensor) => x.mul(2),
      (x: Tensor) => [x.mul(2), null] as const,
      (_, ct) => [ct.mul(100)],
    );
    const g = grad(async (x: Tensor) => {
      const y = x.mul(1);
      await later();
      return odd(y).sum();
    });
    expect(await (await g(tensor([1, 2]))).toArray()).toEqual([100, 100]);
  });

  test("differentiated values of two calls do not meet", async () => {
    const g = grad(async (x: Tensor) => {
      const y = x.mul(2);
      await later();
      return grad((w: Tensor) => w.mul(y).sum())(tensor(3))
        .mul(x)
        .sum();
    });
    await expect(g(tensor(1))).rejects.toMatchObject({ code: "W1041" });
  });

  test("a pullback goes on", async () => {
    const f = jit(async (x: Tensor) => {
      const [out, pullback] = vjp((v: Tensor) => v.mul(v), x.mul(2));
      await out.sum().item();
      const [first] = pullback(out);
      await later();
      const [second] = pullback(first);
      return [first, second] as const;
    });
    for (let k = 0; k < 3; k++) {
      const [first, second] = await f(tensor([1, 2]));
      expect(await first.toArray()).toEqual([16, 128]);
      expect(await second.toArray()).toEqual([64, 1024]);
    }
  });
});

describe("two calls at once", () => {
  test("may use each other's values", async () => {
    let shared: Tensor | undefined;
    const f = jit(async (x: Tensor) => {
      const y = x.mul(3);
      const other = shared;
      shared = y;
      await y.sum().item();
      const z = x.mul(5);
      const seen = shared;
      shared = z;
      await later(1);
      return other ? y.add(other).add(seen) : y.add(seen);
    });
    for (let k = 0; k < 3; k++) {
      shared = undefined;
      const [a, b] = await Promise.all([f(tensor([1])), f(tensor([10]))]);
      // Both have put their 3x before the first goes on; that one sees the other's, the other the first's 5x.
      expect([await a.item(), await b.item()]).toEqual([3 + 30, 30 + 3 + 5]);
    }
  });

  test("promote numbers without harm to each other", async () => {
    const f = jit(async (x: Tensor, n: number, pause: number) => {
      const y = x.mul(n);
      if (pause > 0) await later(pause);
      const s = await y.sum().item();
      return grad(async (v: Tensor) => {
        const u = v.mul(n).mul(v);
        if (pause > 0) await later(pause);
        const t = await u.sum().item();
        return u.mul(t + s).sum();
      })(x);
    });
    const once = async (n: number, pause: number): Promise<unknown> =>
      (await f(tensor([1, 2]), n, pause)).toArray();
    const expected = (n: number): number[] => [1, 2].map((v) => 2 * v * n * (5 * n + 3 * n));
    expect(await Promise.all([once(1, 5), once(1, 1), once(2, 2), once(3, 0), once(4, 3)])).toEqual(
      [1, 1, 2, 3, 4].map(expected),
    );
    expect(await Promise.all([once(5, 1), once(1, 0)])).toEqual([5, 1].map(expected));
  });

  test("two differentiations at the same time in one call are apart", async () => {
    const part = (w: number, pause: number) => async (x: Tensor) => {
      const y = x.mul(x).mul(w);
      await (pause > 0 ? later(pause) : y.sum().item());
      return y.mul((await y.sum().item()) > 0 ? x : 1).sum();
    };
    const f = jit(async (x: Tensor) => {
      const [a, b] = await Promise.all([grad(part(1, 3))(x), grad(part(10, 0))(x.mul(1))]);
      return [a, b, a.add(b)];
    });
    for (let k = 0; k < 3; k++) {
      const results = await f(tensor([1, 2]));
      expect(await Promise.all(results.map((r) => r.toArray()))).toEqual([
        [3, 12],
        [30, 120],
        [33, 132],
      ]);
    }
    expect(stats(f).traces).toBe(1);
  });

  test("a result that is another differentiation's value is refused", async () => {
    let inner: Tensor | undefined;
    const f = jit(async (x: Tensor) => {
      const first = grad(async (v: Tensor) => {
        await v.sum().item();
        await v.mul(2).sum().item();
        return inner!.mul(v).sum();
      })(x);
      const second = grad(async (v: Tensor) => {
        inner = v.mul(3);
        for (let k = 0; k < 5; k++) await v.add(k).sum().item();
        return v.sum();
      })(x);
      await Promise.all([first, second]);
    });
    await expect(f(tensor([1, 2]))).rejects.toMatchObject({ code: "W1042" });
    await later(20);
  });
});

describe("calls that go wrong", () => {
  test("leave the next one right, wherever they stopped", async () => {
    let failAt = 0;
    const f = jit(async (x: Tensor) => {
      for (let k = 1; k <= 3; k++) {
        if (k === failAt) throw new Error("stop");
        x = x.mul(await x.sum().item());
        x = await grad(async (v: Tensor) => {
          if (k + 3 === failAt) throw new Error("stop");
          const s = await v.mean().item();
          if (k + 6 === failAt) throw new Error("stop");
          return v
            .mul(v)
            .mul(s > 0 ? 0.5 : 1)
            .sum();
        })(x);
      }
      return x;
    });
    const expected = await (await f(tensor([0.5, 1]))).toArray();
    for (failAt = 1; failAt <= 9; failAt++) {
      await expect(f(tensor([0.5, 1]))).rejects.toThrow("stop");
      const stop = failAt;
      failAt = 0;
      expect(await (await f(tensor([0.5, 1]))).toArray()).toEqual(expected);
      failAt = stop;
    }
    expect(stats(f).traces).toBe(1);
  });

  test("a failure inside that is caught is another path", async () => {
    const f = jit(async (x: Tensor, fails: boolean) => {
      try {
        return await grad(async (v: Tensor) => {
          const s = await v.sum().item();
          if (fails) throw new Error("taken back");
          return v.mul(s).sum();
        })(x);
      } catch {
        return x.mul(7);
      }
    });
    for (const fails of [true, false, true, false]) {
      expect(await (await f(tensor([1, 2]), fails)).toArray()).toEqual(fails ? [7, 14] : [3, 3]);
    }
  });

  test("an error of shape after a read is said at its line", async () => {
    const f = jit(async (x: Tensor) => {
      await x.sum().item();
      return x.add(tensor([1, 2, 3]));
    });
    for (let k = 0; k < 2; k++) {
      await expect(f(tensor([1, 2]))).rejects.toMatchObject({
        code: "W2003",
        location: { file: expect.stringContaining("async-edges.test.ts") as string },
      });
    }
  });
});

describe("memory that is given up", () => {
  test("by donation, when the call has its result", async () => {
    const f = jit(
      async (x: Tensor) => {
        const y = x.mul(2);
        await x.sum().item();
        return [y, x.add(1)];
      },
      { donate: 0 },
    );
    for (let k = 0; k < 3; k++) {
      const x = tensor([1, 2]);
      const [y, z] = await f(x);
      expect(() => x.add(1)).toThrow(expect.objectContaining({ code: "W4051" }));
      expect(await y!.toArray()).toEqual([2, 4]);
      expect(await z!.toArray()).toEqual([2, 3]);
    }
  });

  test("by dispose and using, at any place", async () => {
    const f = jit(async (x: Tensor) => {
      const w = tensor([10, 20]);
      const y = x.mul(w);
      w.dispose();
      await y.sum().item();
      {
        using u = x.add(1);
        const v = u.mul(2);
        const last = x.max();
        x.dispose();
        await last.item();
        return [y, v, y.add(v)];
      }
    });
    for (let k = 0; k < 3; k++) {
      const result = f(tensor([1, 2]));
      expect(await Promise.all((await result).map((r) => r.toArray()))).toEqual([
        [10, 40],
        [4, 6],
        [14, 46],
      ]);
    }
  });

  test("by dispose while two calls use it", async () => {
    const f = jit(async (x: Tensor, w: Tensor) => {
      return grad(async (v: Tensor) => {
        const u = v.mul(w);
        await later();
        return u.mul(await u.sum().item()).sum();
      })(x);
    });
    for (let k = 0; k < 2; k++) {
      const w = tensor([2, 3]);
      const both = Promise.all([f(tensor([1, 2]), w), f(tensor([1, 0]), w)]);
      await Promise.resolve();
      w.dispose();
      const [a, b] = await both;
      expect([await a.toArray(), await b.toArray()]).toEqual([
        [16, 24],
        [4, 6],
      ]);
    }
  });
});

describe("promises that nobody awaits", () => {
  test("do no harm, and what they do is right", async () => {
    const seen: unknown[] = [];
    const f = jit(async (x: Tensor) => {
      void (async () => {
        const s = await x.mul(2).sum().item();
        seen.push(s, await x.mul(s).toArray());
        seen.push(await (await grad(async (v: Tensor) => v.mul(await v.sum().item()).sum())(x)).toArray());
      })();
      void x.add(1).data();
      return x.mul(3);
    });
    for (let k = 0; k < 2; k++) {
      seen.length = 0;
      expect(await (await f(tensor([1, 2]))).toArray()).toEqual([3, 6]);
      await later(20);
      expect(seen).toEqual([6, [6, 12], [3, 3]]);
    }
  });

  test("a differentiation that outlives its call comes to its end", async () => {
    for (const f of [
      jit(
        (x: Tensor) => [x.mul(3), grad(async (v: Tensor) => v.mul(await v.sum().item()).sum())(x)] as const,
      ),
      jit(async (x: Tensor) => {
        const stray = grad(async (v: Tensor) => {
          const w = v.mul(v);
          for (let k = 0; k < 4; k++) await w.add(k).sum().item();
          return w.sum();
        })(x);
        await x.sum().item();
        return [x.mul(3), { stray }] as const;
      }),
    ]) {
      for (let k = 0; k < 2; k++) {
        const [now, rest] = await f(tensor([1, 2]));
        expect(await now.toArray()).toEqual([3, 6]);
        const gradient = await ("stray" in rest ? rest.stray : rest);
        expect([
          [3, 3],
          [2, 4],
        ]).toContainEqual(await gradient.toArray());
      }
    }
  });
});

test("values that are kept beyond the call are there, computed again at first and along with it from then on", async () => {
  let kept: readonly Tensor[] = [];
  const f = jit(async (x: Tensor) => {
    const y = x.mul(2);
    const s = await y.sum().item();
    const z = y.add(1);
    await z.max().item();
    kept = [y, z, z.mul(y)];
    return z.mul(s);
  });
  for (const x of [
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]) {
    const result = await f(tensor(x));
    const contents = await Promise.all(kept.map((tensor) => tensor.toArray()));
    const y = x.map((v) => 2 * v);
    expect(contents).toEqual([y, y.map((v) => v + 1), y.map((v) => v * (v + 1))]);
    expect(await result.toArray()).toEqual(y.map((v) => (v + 1) * (y[0]! + y[1]!)));
    expect(await (await jit(async (a: Tensor) => a.add(kept[1]!))(kept[0]!)).toArray()).toEqual(
      y.map((v) => 2 * v + 1),
    );
  }
  expect(stats(f)).toMatchObject({ traces: 1, replays: 3 });
});

test("a failed call fails the reads of what it gave, and no others", async () => {
  const failing = vi.spyOn(executor(), "read");
  const f = jit(async (x: Tensor, bad: Tensor) => {
    const s = await x.sum().item();
    failing.mockRejectedValueOnce(new Error("device lost"));
    await bad.mul(1).item();
    return x.mul(s);
  });
  await expect(f(tensor([1, 2]), tensor(1))).rejects.toThrow("device lost");
  await sync();
});

test("reads are counted, of a function and in all", async () => {
  const f = jit(async (x: Tensor) => {
    await x.sum().item();
    return x.mul(await x.max().item());
  });
  const before = stats().reads;
  await (await f(tensor([1, 2]))).data();
  expect(stats(f).reads).toBe(2);
  expect(stats().reads - before).toBe(3);
});

test("inspect shows the segments", async () => {
  const f = async (x: Tensor): Promise<Tensor> => {
    const s = await x.sum().item();
    const [, g] = await valueAndGrad(async (v: Tensor) => v.mul(await v.max().item()).sum())(x.mul(s));
    return g;
  };
  for (const given of [f, jit(f), eager(f)]) {
    const report = await inspect(given, tensor([1, 2]));
    expect(report.segments).toBe(3);
    expect(report.trace).toContain("// segment 3 of 3\ngraph f");
    expect(report.dispatches).toBeGreaterThan(2);
    expect(report.replayNs).toBeGreaterThan(0);
    expect(report.replayNs).toBeLessThan(1e8);
    expect(String(report)).toContain("segment 1 of 3");
  }
});

test("the cost of reads grows with their number, not its square", async () => {
  const loop = (x: Tensor, reads: number): Promise<Tensor> =>
    grad(async (v: Tensor) => {
      let side = v;
      for (let k = 0; k < reads; k++) {
        v = v.mul(0.9).tanh();
        side = side.add(v);
        if ((await v.square().sum().item()) < 0) break;
      }
      return side.sum();
    })(x);
  const plainLoop = async (x: Tensor, reads: number): Promise<Tensor> => {
    let side = x;
    for (let k = 0; k < reads; k++) {
      x = x.mul(0.9).tanh();
      side = side.add(x);
      if ((await x.square().sum().item()) < 0) break;
    }
    return side;
  };
  for (const f of [loop, plainLoop]) {
    const ops = async (reads: number): Promise<number> => {
      const g = jit(f);
      const first = (await inspect(g, tensor([1, 2]), reads)).trace.split("\n").length;
      const second = (await inspect(g, tensor([1, 2]), reads)).trace.split("\n").length;
      expect(second).toBeLessThanOrEqual(first);
      return first;
    };
    const [small, large] = [await ops(10), await ops(40)];
    expect(large / small).toBeLessThan(4.5);
  }
});
