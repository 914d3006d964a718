import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { count, integer, positiveInteger, positiveNumber } from "./numbers.js";
import { trainOptions } from "./train-command.js";

test("numbers of the command line are read", () => {
  expect(positiveInteger("20")).toBe(20);
  expect(integer("-3")).toBe(-3);
  expect(count("0")).toBe(0);
  expect(positiveNumber("1e-3")).toBe(0.001);
});

test.each(["0", "-1", "1.5", "ten", "", "Infinity", "1e400"])("%j is no count", (text) => {
  expect(() => positiveInteger(text)).toThrow(InvalidArgumentError);
});

test.each(["0", "-0.1", "NaN", "", "fast"])("%j is no learning rate", (text) => {
  expect(() => positiveNumber(text)).toThrow(InvalidArgumentError);
});

test.each(["", "1.5", "x"])("%j is no seed", (text) => {
  expect(() => integer(text)).toThrow(InvalidArgumentError);
});

test.each(["-1", "", "0.5"])("%j is nothing to count with", (text) => {
  expect(() => count(text)).toThrow(InvalidArgumentError);
});

const defaults = { epochs: 10, batch: 100, lr: 0.5, seed: 1, isEager: false };

test("flags replace the example's defaults one by one", () => {
  expect(trainOptions(defaults, {}, true)).toEqual(defaults);
  const flags = { epochs: 2, seed: 0, eager: true } as const;
  expect(trainOptions(defaults, flags, false)).toEqual({ ...defaults, epochs: 2, seed: 0, isEager: true });
});

test("loaded weights are trained further only where epochs are asked for", () => {
  const flags = { epochs: 10, load: "w.npz" };
  expect(trainOptions(defaults, flags, true)).toEqual({ ...defaults, load: "w.npz", epochs: 0 });
  expect(trainOptions(defaults, flags, false)).toEqual({ ...defaults, load: "w.npz" });
});
