import { uniformStream } from "weftjs";
import { expect, test } from "vitest";
import { gaussian } from "./gaussian.js";

test("gaussian numbers have the mean and the deviation of their distribution", () => {
  const numbers = gaussian(20_001, 0.1, uniformStream(1));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  expect(Math.abs(mean)).toBeLessThan(0.003);
  expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
});
