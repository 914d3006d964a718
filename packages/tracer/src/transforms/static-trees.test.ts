import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { init, inspect, jit, stats, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));
afterEach(() => vi.restoreAllMocks());

test("numbers of a static argument stay constants, each set of values with traces of its own", async () => {
  const f = jit((x: Tensor, n: number) => x.pow(n), { static: 1 });
  const results: number[] = [];
  for (const n of [2, 3, 2, 3]) results.push(await f(tensor(3), n).item());
  expect(results).toEqual([9, 27, 9, 27]);
  expect(stats(f)).toMatchObject({ calls: 4, traces: 2, replays: 2, compilations: 2 });
  // A promoted exponent would be a parameter, and a call of pow.
  const report = await inspect(f, tensor(3), 2);
  expect(report.optimized).toContain("square %x");
});

test("static arguments are compared through arrays, objects and Maps; functions by identity", async () => {
  type Config = { sizes: readonly number[]; by: Map<string, number>; act: (x: Tensor) => Tensor };
  const relu = (x: Tensor): Tensor => x.relu();
  const f = jit((c: Config, x: Tensor) => c.act(x.mul(c.sizes[1]!).add(c.by.get("k")!)), { static: [0] });
  const config = (size: number, k: number, act = relu): Config => ({
    sizes: [1, size],
    by: new Map([["k", k]]),
    act,
  });
  expect(await f(config(2, 1), tensor(5)).item()).toBe(11);
  expect(await f(config(2, 1), tensor(6)).item()).toBe(13);
  expect(stats(f)).toMatchObject({ traces: 1, replays: 1 });
  expect(await f(config(3, 1), tensor(5)).item()).toBe(16);
  expect(await f(config(2, 7), tensor(5)).item()).toBe(17);
  expect(await f(config(2, 1, (x) => x.neg()), tensor(5)).item()).toBe(-11); // prettier-ignore
  expect(stats(f)).toMatchObject({ traces: 4 });
});

test("a tensor in a static argument is W1034", () => {
  const f = jit((x: Tensor) => x.add(1), { static: 0 });
  expect(() => f(tensor(1))).toThrow(expect.objectContaining({ code: "W1034" }));
});

test("static values that keep changing are said once, and the law holds for all of them", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const f = jit((x: Tensor, n: number) => x.add(n), { static: 1, name: "storm" });
  for (let n = 0; n < 80; n++) expect(await f(tensor(1), n).item()).toBe(1 + n);
  expect(await f(tensor(1), 0).item()).toBe(1);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]![0]).toContain("a static argument had a new value");
});
