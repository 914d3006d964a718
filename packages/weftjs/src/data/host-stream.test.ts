import { expect, test } from "vitest";
import { shuffledOrder, uniformStream } from "./host-stream.js";

test("one seed gives one stream, another seed another", () => {
  const first = (seed: number): number[] => Array.from({ length: 4 }, uniformStream(seed));
  expect(first(7)).toEqual(first(7));
  expect(first(7)).not.toEqual(first(8));
});

test("a shuffled order holds every index once", () => {
  const order = shuffledOrder(1000, uniformStream(3));
  expect(order.toSorted()).toEqual(Int32Array.from({ length: 1000 }, (_, i) => i));
  expect(order).not.toEqual(order.toSorted());
});
