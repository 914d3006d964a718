import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { integer, positiveInteger, positiveNumber } from "./numbers.js";
import { trainOptions } from "./train-command.js";

test("numbers of the command line are read", () => {
  expect(positiveInteger("20")).toBe(20);
  expect(integer("-3")).toBe(-3);
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

test("flags replace the example's defaults one by one", () => {
  const defaults = { epochs: 10, batch: 100, lr: 0.5, seed: 1, isEager: false };
  expect(trainOptions(defaults, {})).toEqual(defaults);
  expect(trainOptions(defaults, { epochs: 2, seed: 0, eager: true })).toEqual({
    epochs: 2,
    batch: 100,
    lr: 0.5,
    seed: 0,
    isEager: true,
  });
});
