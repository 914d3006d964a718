import { beforeAll, describe, expect, test } from "vitest";
import { eager, init, jit, keep, stats, sync, type Tensor, tensor, tidy } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

const vector = (...values: number[]): Tensor => tensor(values);

describe("jit(f) equals f", () => {
  test("for a loop whose count changes between calls", async () => {
    let rounds = 1;
    const f = jit((x: Tensor) => {
      for (let i = 0; i < rounds; i++) x = x.mul(2);
      return x.add(1);
    });
    const results: number[] = [];
    for (rounds of [1, 3, 0, 3, 1, 2]) results.push(await f(tensor(5)).item());
    expect(results).toEqual([11, 41, 6, 41, 11, 21]);
    expect(stats(f)).toMatchObject({ calls: 6, traces: 4, replays: 2 });
  });

  test("for a flag that flips", async () => {
    const f = jit((x: Tensor, isOn: boolean) => (isOn ? x.mul(2) : x.add(1)));
    const results: number[] = [];
    for (const flag of [true, false, true, true, false]) results.push(await f(tensor(5), flag).item());
    expect(results).toEqual([10, 6, 10, 10, 6]);
    expect(stats(f)).toMatchObject({ traces: 2, replays: 3 });
  });

  test("for a captured let, object field and array that change", async () => {
    let scale = tensor(2);
    const state = { bias: tensor(1) };
    const list = [tensor(10)];
    const f = jit((x: Tensor) => x.mul(scale).add(state.bias).add(list[0]!));
    expect(await f(tensor(3)).item()).toBe(17);
    scale = tensor(4);
    expect(await f(tensor(3)).item()).toBe(23);
    state.bias = tensor(5);
    expect(await f(tensor(3)).item()).toBe(27);
    list[0] = tensor(20);
    expect(await f(tensor(3)).item()).toBe(37);
    expect(stats(f)).toMatchObject({ traces: 1, replays: 3 });
  });

  test("for a captured let that is a number", async () => {
    let scale = 2;
    const f = jit((x: Tensor) => x.mul(scale));
    const results: number[] = [];
    for (scale of [2, 3, 4, 2]) results.push(await f(tensor(5)).item());
    expect(results).toEqual([10, 15, 20, 10]);
    expect(stats(f)).toMatchObject({ traces: 1, compilations: 2 });
  });

  test("for an early return", async () => {
    const f = jit((x: Tensor, skip: boolean) => {
      const y = x.add(1);
      if (skip) return y;
      return y.mul(3);
    });
    expect(await f(tensor(1), true).item()).toBe(2);
    expect(await f(tensor(1), false).item()).toBe(6);
    expect(await f(tensor(2), true).item()).toBe(3);
    expect(stats(f)).toMatchObject({ traces: 2, replays: 1 });
  });

  test("for recursion over trees of changing shape", async () => {
    type Tree = Tensor | readonly Tree[];
    const total = (tree: Tree): Tensor =>
      Array.isArray(tree) ? tree.map(total).reduce((a, b) => a.add(b)) : (tree as Tensor);
    const f = jit((tree: Tree) => total(tree));
    expect(await f([tensor(1), [tensor(2), tensor(3)]]).item()).toBe(6);
    expect(await f([[tensor(1), tensor(2)], tensor(3), tensor(4)]).item()).toBe(10);
    expect(await f([tensor(5), [tensor(6), tensor(7)]]).item()).toBe(18);
    expect(stats(f)).toMatchObject({ traces: 2, replays: 1 });
  });

  test("for a function argument that changes", async () => {
    const f = jit((x: Tensor, g: (x: Tensor) => Tensor) => g(x).add(1));
    const double = (x: Tensor): Tensor => x.mul(2);
    const square = (x: Tensor): Tensor => x.square();
    const results: number[] = [];
    for (const g of [double, square, double]) results.push(await f(tensor(5), g).item());
    expect(results).toEqual([11, 26, 11]);
    expect(stats(f)).toMatchObject({ traces: 2, replays: 1 });
  });

  test("for f(x, x), then f(x, y)", async () => {
    const f = jit((a: Tensor, b: Tensor) => (a === b ? a.mul(a) : a.sub(b)));
    const plain = jit((a: Tensor, b: Tensor) => a.sub(b));
    const [x, y] = [tensor(5), tensor(3)];
    expect(await f(x, x).item()).toBe(25);
    expect(await f(x, y).item()).toBe(2);
    expect(await plain(x, x).item()).toBe(0);
    expect(await plain(x, y).item()).toBe(2);
    expect(await plain(y, y).item()).toBe(0);
  });

  test("after an exception half-way", async () => {
    const f = jit((x: Tensor, fails: boolean) => {
      const y = x.mul(2);
      if (fails) throw new Error("half-way");
      return y.add(1);
    });
    expect(() => f(tensor(1), true)).toThrow("half-way");
    expect(await f(tensor(1), false).item()).toBe(3);
    expect(() => f(tensor(1), true)).toThrow("half-way");
    expect(await f(tensor(4), false).item()).toBe(9);
    expect(await vector(1).add(1).item()).toBe(2); // The recorder is the eager one again.
    expect(stats(f)).toMatchObject({ traces: 1, replays: 1 });
  });

  test("for two interleaved jitted functions", async () => {
    const f = jit((x: Tensor) => x.mul(2));
    const g = jit((x: Tensor) => f(x).add(f(x.add(1))));
    for (const value of [1, 5]) {
      expect(await g(f(tensor(value))).item()).toBe(2 * (2 * value) + 2 * (2 * value + 1));
      expect(await f(g(tensor(value))).item()).toBe(2 * (2 * value + 2 * (value + 1)));
    }
    expect(stats(f)).toMatchObject({ traces: 1 });
    expect(stats(g)).toMatchObject({ traces: 1 });
  });

  test("for a jitted function that calls itself", async () => {
    const power: (x: Tensor, n: number) => Tensor = jit((x: Tensor, n: number) =>
      n === 0 ? x.mul(0).add(1) : power(x, n - 1).mul(x),
    );
    expect(await power(tensor(2), 5).item()).toBe(32);
    expect(await power(tensor(3), 2).item()).toBe(9);
    expect(await power(tensor(3), 5).item()).toBe(243);
    expect(stats(power)).toMatchObject({ traces: 2 });
  });

  test("for a number argument that bounds a loop or is compared", async () => {
    const f = jit((x: Tensor, n: number) => {
      let y = x;
      for (let i = 0; i < n; i++) y = y.add(i);
      return n > 2 ? y.negative() : y;
    });
    const results: number[] = [];
    for (const n of [0, 2, 3, 4, 2]) results.push(await f(tensor(1), n).item());
    expect(results).toEqual([1, 2, -4, -7, 2]);
  });

  test("for a number argument that is negative zero, NaN or infinite", async () => {
    const f = jit((x: Tensor, n: number) => x.div(n));
    const results: number[] = [];
    for (const n of [2, -0, 0, NaN, Infinity, -Infinity, 4]) results.push(await f(tensor(1), n).item());
    expect(results).toEqual([0.5, -Infinity, Infinity, NaN, 0, -0, 0.25]);
    expect(stats(f)).toMatchObject({ traces: 1, compilations: 2 });
  });

  test("for a tensor kept in a cache during one call and used in a later one", async () => {
    const cache = new Map<number, Tensor>();
    const f = jit((x: Tensor, key: number) => {
      const known = cache.get(key);
      if (known) return x.add(known);
      const made = x.mul(10);
      cache.set(key, made);
      return x.sub(made);
    });
    expect(await f(tensor(1), 7).item()).toBe(-9);
    expect(await f(tensor(2), 7).item()).toBe(12);
    expect(await f(tensor(3), 7).item()).toBe(13);
    expect(await f(tensor(3), 8).item()).toBe(-27);
    expect(await f(tensor(0), 8).item()).toBe(30);
    expect(stats(f)).toMatchObject({ traces: 2, replays: 3 });
  });

  test("for state carried in an object from call to call", async () => {
    const state = { h: tensor(1) };
    const f = jit((x: Tensor) => {
      state.h = state.h.mul(2).add(x);
      return state.h.negative();
    });
    const results: number[] = [];
    for (const x of [1, 2, 3, 4]) results.push(await f(tensor(x)).item());
    expect(results).toEqual([-3, -8, -19, -42]);
    expect(await state.h.item()).toBe(42);
    expect(stats(f)).toMatchObject({ traces: 1, replays: 3 });
  });

  test("for side effects, at every call", () => {
    let calls = 0;
    const f = jit((x: Tensor) => {
      calls++;
      return x.add(1);
    });
    for (let i = 0; i < 3; i++) f(tensor(1));
    expect(calls).toBe(3);
  });

  test("for mutated shape arrays", async () => {
    const shape = [2, 3];
    const f = jit((x: Tensor) => x.reshape(shape).sum({ axis: 0 }));
    expect(await f(vector(1, 2, 3, 4, 5, 6)).toArray()).toEqual([5, 7, 9]);
    shape.reverse();
    expect(await f(vector(1, 2, 3, 4, 5, 6)).toArray()).toEqual([9, 12]);
  });
});

describe("arguments and results", () => {
  test("are trees of tensors and JavaScript values", async () => {
    const f = jit((p: { w: Tensor; name: string }, list: readonly [Tensor, number]) => ({
      sum: p.w.add(list[0]),
      label: `${p.name}!`,
      nested: new Map<string, unknown>([["k", [list[1], null, list[0].mul(list[1])]]]),
      f,
    }));
    const result = f({ w: tensor(1), name: "n" }, [tensor(2), 3]);
    expect(await result.sum.item()).toBe(3);
    expect(result.label).toBe("n!");
    const [number, nothing, product] = result.nested.get("k") as [number, null, Tensor];
    expect([number, nothing, await product.item()]).toEqual([3, null, 6]);
    expect(result.f).toBe(f);
  });

  test("keep their identity", () => {
    const x = tensor(1);
    const f = jit((a: Tensor, options: object) => {
      const made = a.add(1);
      return [a, made, made, options] as const;
    });
    const options = {};
    const [a, first, second, same] = f(x, options);
    expect(a).toBe(x);
    expect(first).toBe(second);
    expect(same).toBe(options);
  });

  test("may be tensors only read", async () => {
    const f = jit((x: Tensor) => x);
    const x = tensor(3);
    expect(f(x)).toBe(x);
    expect(await f(x).item()).toBe(3);
  });

  test("know shape and dtype at once, inside and outside", () => {
    const f = jit((x: Tensor) => {
      expect(x.sum({ axis: 0 }).shape).toEqual([3]);
      return x.greater(1);
    });
    expect(f(tensor([[1, 2, 3]])).dtype).toBe("bool");
  });

  test("inside are read after the call has ended", async () => {
    let inside: Promise<number> | undefined;
    const f = jit((x: Tensor) => {
      const y = x.mul(2);
      inside = y.item();
      return y.add(1);
    });
    expect(await f(tensor(3)).item()).toBe(7);
    expect(await inside).toBe(6);
  });
});

describe("numbers that meet tensors", () => {
  test("ten learning rates are one trace and two compilations", async () => {
    const step = jit((w: Tensor, g: Tensor, rate: number) => w.sub(g.mul(rate)));
    for (let i = 1; i <= 10; i++) {
      expect(await step(tensor(1), tensor(1), 1 / i).item()).toBeCloseTo(1 - 1 / i, 6);
    }
    expect(stats(step)).toMatchObject({ traces: 1, replays: 9, compilations: 2 });
  });

  test("keep the dtype rule: a fraction makes a float of integers, a whole number does not", async () => {
    const f = jit((x: Tensor, n: number) => x.mul(n));
    const x = tensor([1, 2], { dtype: "int32" });
    expect(f(x, 2).dtype).toBe("int32");
    expect(f(x, 0.5).dtype).toBe("float32");
    expect(f(x, 3).dtype).toBe("int32");
    expect(await f(x, 0.25).toArray()).toEqual([0.25, 0.5]);
    expect(await f(x, 7).toArray()).toEqual([7, 14]);
    expect(stats(f)).toMatchObject({ traces: 2 });
  });

  test("that change in several places are promoted together", async () => {
    const f = jit((x: Tensor, a: number, b: number) => x.mul(a).add(b));
    const results: number[] = [];
    for (const [a, b] of [
      [1, 2],
      [3, 4],
      [5, 6],
    ] as const)
      results.push(await f(tensor(10), a, b).item());
    expect(results).toEqual([12, 34, 56]);
    expect(stats(f)).toMatchObject({ traces: 1, compilations: 2 });
  });

  test("may be promoted while an earlier call is still queued", async () => {
    const f = jit((x: Tensor, n: number) => x.mul(n));
    const results = [2, 3, 4].map((n) => f(tensor(10), n));
    expect(await Promise.all(results.map((result) => result.item()))).toEqual([20, 30, 40]);
  });

  test("as starts of slices cost no retrace", async () => {
    const f = jit((x: Tensor, i: number) => x.slice([i, i + 2]).add(x.at(i)));
    const x = vector(1, 2, 3, 4, 5);
    expect(await f(x, 0).toArray()).toEqual([2, 3]);
    expect(await f(x, 2).toArray()).toEqual([6, 7]);
    expect(await f(x, 3).toArray()).toEqual([8, 9]);
    expect(stats(f)).toMatchObject({ traces: 1, compilations: 2 });
  });
});

describe("tensors that leave their call", () => {
  test("have their value, and from then on it is a result of the compiled call", async () => {
    let kept: Tensor | undefined;
    const f = jit((x: Tensor) => {
      kept = x.mul(3);
      return kept.add(1);
    });
    for (const value of [1, 2, 3]) {
      const result = f(tensor(value));
      expect(await kept!.item()).toBe(3 * value);
      expect(await result.item()).toBe(3 * value + 1);
    }
    expect(stats(f)).toMatchObject({ traces: 1, replays: 2 });
  });

  test("by an exception have their value too", async () => {
    let kept: Tensor | undefined;
    const f = jit((x: Tensor) => {
      kept = x.mul(3);
      throw new Error("stop");
    });
    expect(() => f(tensor(2))).toThrow("stop");
    expect(await (kept as Tensor | undefined)!.add(1).item()).toBe(7);
  });

  test("keep the numbers of their own call, also when these were promoted later", async () => {
    const kept: Tensor[] = [];
    const f = jit((x: Tensor, n: number) => {
      kept.push(x.mul(n));
      return x;
    });
    for (const n of [2, 3, 4]) f(tensor(10), n);
    expect(await Promise.all(kept.map((tensor) => tensor.item()))).toEqual([20, 30, 40]);
  });

  test("cannot be computed from inputs that are gone", () => {
    let kept: Tensor | undefined;
    const f = jit((x: Tensor) => {
      kept = x.mul(3);
      return x.add(1);
    });
    const x = tensor(1);
    f(x);
    x.dispose();
    expect(() => kept!.add(1)).toThrow(expect.objectContaining({ code: "W1004" }));
  });
});

describe("memory", () => {
  test("a donated tensor is gone after the call, and its use names the call", async () => {
    const step = jit((p: { w: Tensor }, g: Tensor) => ({ w: p.w.sub(g) }), { donate: 0, name: "step" });
    const before = { w: tensor(3) };
    const after = step(before, tensor(1));
    expect(await after.w.item()).toBe(2);
    expect(() => before.w.add(1)).toThrow(expect.objectContaining({ code: "W4051" }));
    expect(() => before.w.add(1)).toThrow(/step/);
    await expect(before.w.data()).rejects.toMatchObject({ code: "W4051" });
  });

  test("a donated tensor that the call gives back stays", async () => {
    const f = jit((x: Tensor) => x, { donate: 0 });
    expect(await f(tensor(3)).item()).toBe(3);
  });

  test("a disposed tensor used again throws, at once and inside a call", async () => {
    const x = tensor(1);
    x.dispose();
    x.dispose();
    expect(() => x.add(1)).toThrow(expect.objectContaining({ code: "W4050" }));
    expect(() => jit((y: Tensor) => y.add(1))(x)).toThrow(expect.objectContaining({ code: "W4050" }));
    await expect(x.data()).rejects.toMatchObject({ code: "W4050" });
  });

  test("an argument may be disposed of inside the call that uses it", async () => {
    const f = jit((x: Tensor) => {
      const y = x.mul(2);
      x.dispose();
      return y;
    });
    const x = tensor(4);
    expect(await f(x).item()).toBe(8);
    expect(() => x.add(1)).toThrow(expect.objectContaining({ code: "W4050" }));
  });

  test("tidy frees what was made in it, but for results and what is kept", async () => {
    let [lost, kept]: [Tensor?, Tensor?] = [];
    const result = tidy(() => {
      lost = tensor(1).add(1);
      kept = keep(lost.add(1));
      return [kept.add(1)];
    });
    expect(await result[0]!.item()).toBe(4);
    expect(await kept!.item()).toBe(3);
    expect(() => lost!.add(1)).toThrow(expect.objectContaining({ code: "W4050" }));
  });

  test("using disposes at the end of the block", async () => {
    let seen: Tensor | undefined;
    {
      using x = tensor([1, 2]);
      seen = x;
      expect(await x.sum().item()).toBe(3);
    }
    expect(() => seen!.add(1)).toThrow(expect.objectContaining({ code: "W4050" }));
  });

  test("live bytes fall when tensors are disposed of", async () => {
    await sync();
    const before = stats().liveBytes;
    const x = tensor([1, 2, 3]);
    const y = x.add(1);
    await sync();
    expect(stats().liveBytes).toBe(before + 24);
    x.dispose();
    y.dispose();
    expect(stats().liveBytes).toBe(before);
  });
});

describe("eager", () => {
  test("computes the same", async () => {
    const f = (x: Tensor, n: number): Tensor => x.mul(n).add(1).sum();
    expect(await eager(f)(vector(1, 2), 3).item()).toBe(await jit(f)(vector(1, 2), 3).item());
  });
});
