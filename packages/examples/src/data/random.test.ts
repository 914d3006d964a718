import { expect, test } from "vitest";
import { gaussian, permutation, uniformStream } from "./random.js";

test("one seed gives one stream, another seed another", () => {
  const first = (seed: number): number[] => Array.from({ length: 4 }, uniformStream(seed));
  expect(first(7)).toEqual(first(7));
  expect(first(7)).not.toEqual(first(8));
});

test("gaussian numbers have the mean and the deviation of their distribution", () => {
  const numbers = gaussian(20_001, 0.1, uniformStream(1));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  expect(Math.abs(mean)).toBeLessThan(0.003);
  expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
});

test("a permutation holds every index once", () => {
  const order = permutation(1000, uniformStream(3));
  expect(order.toSorted()).toEqual(Uint32Array.from({ length: 1000 }, (_, i) => i));
  expect(order).not.toEqual(order.toSorted());
});
