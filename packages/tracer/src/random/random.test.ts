import * as ir from "@weftjs/ir";
import { beforeAll, describe, expect, test } from "vitest";
import { glorotUniform, heNormal, init, inspect, jit, random, stats, type Tensor, tensor } from "../index.js";
import { given } from "../functions/numeric.js";

beforeAll(async () => void (await init()));

const words = (...values: number[]): Tensor => tensor(values, { dtype: "uint32" });

describe("Threefry-2x32", () => {
  const block = (k0: Tensor, k1: Tensor, c0: Tensor, c1: Tensor): Promise<unknown[]> => {
    const word = (which: "first" | "second" | "xor"): Tensor =>
      given(ir.threefry2x32(k0, k1, c0, c1, { word: which }));
    return Promise.all((["first", "second", "xor"] as const).map((which) => word(which).toArray()));
  };

  // Random123's kat_vectors, "threefry2x32 20": counter, key, result; also JAX's testThreefry2x32.
  test("gives the known answers of its authors", async () => {
    const results = await block(
      words(0, 0xffffffff, 0x13198a2e),
      words(0, 0xffffffff, 0x03707344),
      words(0, 0xffffffff, 0x243f6a88),
      words(0, 0xffffffff, 0x85a308d3),
    );
    expect(results[0]).toEqual([0x6b200159, 0x1cb996fc, 0xc4923a9c]);
    expect(results[1]).toEqual([0x99ba4efe, 0xbb002be7, 0x483df7a0]);
    expect(results[2]).toEqual([0x6b200159 ^ 0x99ba4efe, 0x1cb996fc ^ 0xbb002be7, 0xc4923a9c ^ 0x483df7a0].map((x) => x >>> 0)); // prettier-ignore
  });

  // JAX's testRngRandomBits and testPRNGValues (tests/random_test.py), whose older layout pairs the counters otherwise.
  test("gives JAX's published words of key 1701 and key 0", async () => {
    const [first, second] = await block(words(0, 0), words(1701, 1701), words(0, 1), words(2, 0));
    expect([first, second].flat().slice(0, 3)).toEqual([56197195, 4200222568, 961309823]);
    const [a, b] = await block(words(0), words(0), words(0), words(4));
    expect([a, b].flat()).toEqual([2285895361, 433833334]);
  });
});

describe("as JAX 0.5 and later has it", () => {
  test("key keeps the low 32 bits of a seed, as in JAX's test_prng_seeds_and_keys", async () => {
    const keys = [0, 1, -1, -2, 2 ** 31 + 99, -(2 ** 31) - 100].map((seed) => random.key(seed).toArray());
    expect(await Promise.all(keys)).toEqual(
      [0, 1, 4294967295, 4294967294, 2147483747, 2147483548].map((word) => [0, word]),
    );
    expect(await random.key(tensor(7)).toArray()).toEqual([0, 7]);
  });

  // Taken from JAX by the tests of jax-js (test/random.test.ts).
  test("split", async () => {
    expect(await random.split(random.key(0), 3).toArray()).toEqual([
      [1797259609, 2579123966],
      [928981903, 3453687069],
      [4146024105, 2718843009],
    ]);
    const [first, second] = random.split(random.key(1));
    expect([await first!.toArray(), await second!.toArray()]).toEqual([
      [507451445, 1853169794],
      [1948878966, 4237131848],
    ]);
  });

  // JAX's test_threefry_split_fold_in_symmetry.
  test("foldIn(key, i) is row i of split", async () => {
    const key = random.key(72);
    const rows = await random.split(key, 3).toArray();
    expect(await Promise.all([0, 1, 2].map((k) => random.foldIn(key, k).toArray()))).toEqual(rows);
    expect(await random.foldIn(key, tensor(2)).toArray()).toEqual((rows as unknown[])[2]);
  });

  test("bits", async () => {
    expect(await random.bits(random.key(0)).item()).toBe(4070199207);
    expect(await random.bits(random.key(10), [4]).toArray()).toEqual([169096361, 1572511259, 2689743692, 2228103506]); // prettier-ignore
    const grid = await random.bits(random.key(10), [2, 2]).data();
    expect([...grid]).toEqual([169096361, 1572511259, 2689743692, 2228103506]);
  });

  // The first four are from the tests of a C port of JAX's generator, with nine digits: all that a float32 has.
  test("uniform is bit-equal", async () => {
    const expected = [0.9476670027, 0.9785798788, 0.3322914839, 0.4686684608].map(Math.fround);
    expect(await random.uniform(random.key(0), [4]).toArray()).toEqual(expected);
    const shown = [0.471269, 0.12344253, 0.17550635, 0.5663593].map((x) => expect.closeTo(x, 7));
    expect(await random.uniform(random.key(51), [4]).toArray()).toEqual(shown);
  });

  // https://docs.jax.dev/en/latest/random-numbers.html
  test("normal, as the page on random numbers prints it", async () => {
    const close = (...values: number[]): unknown[] => values.map((x) => expect.closeTo(x, 6));
    const key = random.key(42);
    expect(await random.normal(key).item()).toBeCloseTo(-0.028304616, 7);
    expect(await random.normal(key, [3]).toArray()).toEqual(close(-0.02830462, 0.46713185, 0.29570296));
    const each: number[] = [];
    for (const row of random.split(key, 3)) each.push(await random.normal(row).item());
    expect(each).toEqual(close(0.07592554, 0.60576403, 0.4323065));
  });

  // From the tests of the same port.
  test("randint and bernoulli", async () => {
    const key = random.key(0);
    expect(await random.randint(key, [8], 0, 20).toArray()).toEqual([9, 0, 12, 13, 11, 7, 12, 3]);
    expect(await random.bernoulli(key, 0.25, [8]).toArray()).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
  });
});

describe("samples", () => {
  const key = random.key;
  const N = 8000;

  test("lie where they should, with the moments they should have", async () => {
    const draws = {
      uniform: random.uniform(key(1), [N], { min: -2, max: 4 }),
      normal: random.normal(key(2), [N]),
      truncated: random.truncatedNormal(key(3), -1, 2, [N]),
      gumbel: random.gumbel(key(4), [N]),
    };
    const expected = {
      uniform: [1, 3, -2, 4],
      normal: [0, 1, -6, 6],
      truncated: [0.2296, 0.5192, -1, 2],
      gumbel: [0.5772, 1.6449, -5, 30],
    };
    for (const [name, draw] of Object.entries(draws)) {
      const [mean, variance, low, high] = expected[name as keyof typeof expected];
      const data = Float64Array.from(await draw.data());
      const average = data.reduce((sum, x) => sum + x, 0) / N;
      const spread = data.reduce((sum, x) => sum + (x - average) ** 2, 0) / N;
      expect(Math.abs(average - mean!), name).toBeLessThan(0.06);
      expect(Math.abs(spread / variance! - 1), name).toBeLessThan(0.06);
      expect(
        data.every((x) => x >= low! && x < high!),
        name,
      ).toBe(true);
    }
  });

  test("whole ranges of integers come out, and one number of an empty range", async () => {
    const [low, all] = [random.randint(key(6), [N], -3, 4), random.randint(key(6), [N], -(2 ** 31), 2 ** 31)];
    expect(new Set(await low.data())).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3]));
    const data = await all.data();
    expect(data.some((x) => x < -(2 ** 30)) && data.some((x) => x > 2 ** 30)).toBe(true);
    expect(await random.randint(key(6), [2], 5, 5).toArray()).toEqual([5, 5]);
    const unsigned = random.randint(key(6), [2], 0, 2 ** 32, { dtype: "uint32" });
    expect(unsigned.dtype).toBe("uint32");
  });

  test("categorical draws by the probabilities, along any axis, as often as asked", async () => {
    const logits = tensor([0.1, 0.2, 0.3, 0.4].map(Math.log));
    const data = await random.categorical(key(7), logits, { shape: [N] }).data();
    [0.1, 0.2, 0.3, 0.4].forEach((p, k) => {
      expect(Math.abs(data.filter((x) => x === k).length / N - p)).toBeLessThan(0.02);
    });
    const sure = tensor([[100, 0], [0, 0], [0, 100]]); // prettier-ignore
    expect(await random.categorical(key(8), sure, { axis: 0 }).toArray()).toEqual([0, 2]);
    expect(() => random.categorical(key(8), sure, { shape: [2] })).toThrow(
      expect.objectContaining({ code: "W2151" }),
    );
  });

  test.each([0, 2, 100, 1100])("a permutation of %s numbers has each once", async (count) => {
    const data = await random.permutation(key(9), count).data();
    expect([...data].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k));
    if (count > 99) expect([...data]).not.toEqual([...data].sort((a, b) => a - b));
  });

  // JAX's _shuffle: sorted by the words of the second half of a split, once for so few.
  test("a permutation sorts by random words, and keeps rows whole", async () => {
    const [, own] = random.split(key(3));
    const drawn = [...(await random.bits(own!, [5]).data())];
    const order = [0, 1, 2, 3, 4].sort((a, b) => drawn[a]! - drawn[b]!);
    expect(await random.permutation(key(3), 5).toArray()).toEqual(order);
    const x = tensor(order.map((_, k) => [k, 10 * k]));
    expect(await random.permutation(key(3), x).toArray()).toEqual(order.map((k) => [k, 10 * k]));
  });
});

describe("initializers", () => {
  test("keep the variance, counting a convolution's window", async () => {
    const spread = async (x: Tensor): Promise<number> => {
      const data = Float64Array.from(await x.data());
      return data.reduce((sum, value) => sum + value * value, 0) / data.length;
    };
    expect((await spread(heNormal(random.key(0), [100, 200]))) * 50).toBeCloseTo(1, 1);
    expect((await spread(heNormal(random.key(0), [200, 20, 3, 3]))) * 90).toBeCloseTo(1, 1);
    const glorot = glorotUniform(random.key(0), [100, 200]);
    expect((await spread(glorot)) * 150).toBeCloseTo(1, 1);
    expect(Math.max(...(await glorot.data()))).toBeLessThan(Math.sqrt(6 / 300));
  });
});

test("in jit, a seed and a step may change without a retrace, and a sample is one kernel", async () => {
  const draw = jit((seed: number, step: number) =>
    random.normal(random.foldIn(random.key(seed), step), [100]),
  );
  const values = [];
  for (const [seed, step] of [[1, 0], [1, 1], [2, 1], [3, 5]] as const) values.push(await draw(seed, step).data()); // prettier-ignore
  expect(new Set(values.map((data) => data[0])).size).toBe(4);
  expect([...values[3]!]).toEqual([...(await random.normal(random.foldIn(random.key(3), 5), [100]).data())]);
  expect(stats(draw)).toMatchObject({ traces: 1 });
  const report = await inspect((key: Tensor) => random.normal(key, [1000]), random.key(0));
  expect(report.dispatches).toBe(1);
});

test("what is no key, seed or range is refused at once", () => {
  const refusal = (code: string): unknown => expect.objectContaining({ code });
  expect(() => random.key(0.5)).toThrow(refusal("W2150"));
  expect(() => random.normal(random.split(random.key(0)))).toThrow(refusal("W2150"));
  expect(() => random.normal(tensor([0, 1]))).toThrow(refusal("W2150"));
  expect(() => random.randint(random.key(0), [1], 0, 2 ** 33)).toThrow(refusal("W2151"));
  expect(() => [...tensor(1)]).toThrow(refusal("W2101"));
});
