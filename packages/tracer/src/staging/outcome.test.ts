import { expect, test } from "vitest";
import { init, tensor } from "../index.js";
import { Outcome } from "./outcome.js";

await init({ device: "cpu" }); // Before the tables of cases, which hold tensors.

const agree = (a: unknown, b: unknown) => (): unknown =>
  new Outcome(["y"], [a]).agreeWith(new Outcome(["y"], [b]), "here", "there");

test("tensors of one type agree, and a number with what it can stand for", () => {
  const type = { dtype: "float32", shape: [2] };
  expect(agree(tensor([1, 2]), tensor([3, 4]))()).toEqual([type]);
  expect(agree(1, tensor([3, 4]))()).toEqual([type]);
  expect(agree([1, "a"], [2, "a"])()).toEqual([null, null]);
});

test.each([
  ["shapes", tensor([1, 2]), tensor(1), "y is f32[2] here and f32[] there"],
  ["dtypes", tensor([1]), tensor([1], { dtype: "int32" }), "y is f32[1] here and i32[1] there"],
  ["a fraction and integers", 0.5, tensor([1], { dtype: "int32" }), "y is the number 0.5 here"],
  ["strings", "a", "b", 'y is the string "a" here and the string "b" there'],
  ["nothing and something", undefined, tensor(1), "y is undefined here and f32[] there"],
  ["structures", [1], [1, 2], "y is an array of 1 here and an array of 2 there"],
])("other %s do not: W1053", (_, a, b, message) => {
  expect(agree(a, b)).toThrow("W1053");
  expect(agree(a, b)).toThrow(message);
});

test("what both ways left alone stays the very value", () => {
  const list = [tensor(1)];
  const [first, second] = [new Outcome(["a", "n"], [list, 3]), new Outcome(["a", "n"], [list, 3])];
  const merged = first.keptBy(second, [[tensor(1)], 3]);
  expect(merged[0]).toBe(list);
  expect(merged[1]).toBe(3);
});
