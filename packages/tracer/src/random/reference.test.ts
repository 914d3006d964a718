import { beforeAll, expect, test } from "vitest";
import { init, random, tensor } from "../index.js";

beforeAll(async () => void (await init()));

// A second implementation, by plain loops, of what JAX's random.py does with `jax_threefry_partitionable`: Threefry-2x32
// of 20 rounds (Salmon et al., SC 2011), counters that are positions, and the samplers on top of it.

type Pair = readonly [number, number];

const rotated = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;

function threefry([k0, k1]: Pair, [c0, c1]: Pair): Pair {
  const keys = [k0, k1, (k0 ^ k1 ^ 0x1bd11bda) >>> 0];
  const turns = [13, 15, 26, 6, 17, 29, 16, 24];
  let [x, y] = [(c0 + k0) >>> 0, (c1 + k1) >>> 0];
  for (let round = 0; round < 20; round++) {
    x = (x + y) >>> 0;
    y = (rotated(y, turns[round % 8]!) ^ x) >>> 0;
    if (round % 4 < 3) continue;
    const turn = (round + 1) / 4;
    x = (x + keys[turn % 3]!) >>> 0;
    y = (y + keys[(turn + 1) % 3]! + turn) >>> 0;
  }
  return [x, y];
}

const splitKey = (key: Pair, count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => threefry(key, [0, i]));

const bitsOf = (key: Pair, count: number): number[] => splitKey(key, count).map(([x, y]) => (x ^ y) >>> 0);

/** In [0, 1), from the upper 23 bits. */
const unit = (word: number): number => (word >>> 9) / 2 ** 23;

const KEY: Pair = [0, 42];
const key = random.key(42);

test("permutation sorts by random words, as often as JAX does", async () => {
  for (const count of [1, 7, 100]) {
    let order = Array.from({ length: count }, (_, i) => i);
    let next = KEY;
    const rounds = Math.ceil((3 * Math.log(count)) / Math.log(2 ** 32 - 1));
    for (let round = 0; round < rounds; round++) {
      const [rest, own] = splitKey(next, 2);
      next = rest!;
      const words = bitsOf(own!, count);
      order = [...words.keys()].sort((a, b) => words[a]! - words[b]! || a - b).map((k) => order[k]!);
    }
    expect(await random.permutation(key, count).toArray()).toEqual(order);
  }
});

test("randint takes 64 bits modulo the span, in steps of 32", async () => {
  for (const [min, max] of [
    [0, 10],
    [-7, 100_003],
    [-(2 ** 31), 2 ** 31 - 1],
  ] as const) {
    // prettier-ignore
    const span = max - min;
    const root = 2 ** 16 % span;
    const multiplier = (Math.imul(root, root) >>> 0) % span;
    const [higher, lower] = splitKey(KEY, 2).map((own) => bitsOf(own, 50));
    const wanted = higher!.map((high, i) => {
      const product = Math.imul(high % span, multiplier) >>> 0;
      return min + (((product + (lower![i]! % span)) >>> 0) % span);
    });
    expect(await random.randint(key, [50], min, max).toArray()).toEqual(wanted.map((x) => x | 0));
  }
});

test("bernoulli compares uniform numbers with the probability", async () => {
  const wanted = bitsOf(KEY, 200).map((word) => (unit(word) < Math.fround(0.3) ? 1 : 0));
  expect([...(await random.bernoulli(key, 0.3, [200]).data())]).toEqual(wanted);
});

test("categorical is where logits and Gumbel noise are largest", async () => {
  const logits = [0.5, -1, 2, 0];
  const tiny = 2 ** -126;
  const words = bitsOf(KEY, 100 * 4);
  const wanted = Array.from({ length: 100 }, (_, row) => {
    const scores = logits.map(
      (logit, k) => logit - Math.log(-Math.log(Math.max(tiny, unit(words[4 * row + k]!)))),
    );
    return scores.indexOf(Math.max(...scores));
  });
  expect(await random.categorical(key, tensor(logits), { shape: [100] }).toArray()).toEqual(wanted);
});

/** By Simpson's rule. */
function erf(x: number): number {
  const [steps, h] = [2000, x / 2000];
  let sum = 1 + Math.exp(-x * x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * Math.exp(-((i * h) ** 2));
  return (2 / Math.sqrt(Math.PI)) * ((sum * h) / 3);
}

test("truncatedNormal has uniform probabilities between those of its bounds", async () => {
  const [low, high] = [erf(-1 / Math.SQRT2), erf(0.5 / Math.SQRT2)];
  const got = await random.truncatedNormal(key, -1, 0.5, [100]).data();
  for (const [i, word] of bitsOf(KEY, 100).entries())
    expect(erf(got[i]! / Math.SQRT2)).toBeCloseTo(low + unit(word) * (high - low), 5);
});
