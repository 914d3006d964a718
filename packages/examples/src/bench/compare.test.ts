import { expect, test } from "vitest";
import { compare, largestDifference } from "./compare.js";
import { summarize } from "./timing.js";

test("the median is the middle, or the mean of the two in the middle", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1 });
  expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1 });
});

test("differences are relative above 1 and absolute below", () => {
  expect(largestDifference([100, 0.5], [101, 0.5])).toBeCloseTo(0.01);
  expect(largestDifference([0.001], [0.002])).toBeCloseTo(0.001);
});

test("a NaN on one side, or results of another length, are no match", () => {
  expect(largestDifference([Number.NaN, 1], [Number.NaN, 1])).toBe(0);
  expect(largestDifference([Number.NaN, 2], [1, 1])).toBeNaN();
  expect(largestDifference([1], [1, 2])).toBeNaN();
});

const nothing = { call() {}, results: async () => [0, 0] };
const options = { rounds: 1, roundTime: 1 };

test("results that differ, or that are all zero, are W5006 before anything is timed", async () => {
  let runs = 0;
  const differing = { call() {}, results: async () => [++runs] };
  for (const run of [differing, nothing]) {
    const comparing = compare({ name: "case", what: "", start: () => run }, options);
    await expect(comparing).rejects.toMatchObject({ code: "W5006" });
  }
});
