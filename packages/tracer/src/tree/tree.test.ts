import { beforeAll, expect, test } from "vitest";
import { init, type Tensor, tensor, tree } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

test("flatten and unflatten are inverse for arrays, objects, Maps and nesting", () => {
  const value = { a: [1, { b: "x" }], c: new Map<string, unknown>([["k", [null, true]]]), d: [] };
  const { leaves, structure } = tree.flatten(value);
  expect(leaves).toEqual([1, "x", null, true]);
  expect(tree.unflatten(structure, leaves)).toEqual(value);
});

test("map joins trees of one structure leaf by leaf", async () => {
  const params = { w: tensor([1, 2]), b: [tensor(3)] as const };
  const sums = tree.map((a: Tensor, b: Tensor) => a.add(b), params, params);
  expect(await sums.w.toArray()).toEqual([2, 4]);
  expect(await sums.b[0].item()).toBe(6);
});

test("trees of different structure, or leaves too few, are refused", () => {
  const refusal = expect.objectContaining({ code: "W1011" });
  expect(() => tree.map((a: number, b: number) => a + b, [1, 2], [1])).toThrow(refusal);
  expect(() => tree.unflatten(tree.flatten([1, 2]).structure, [1])).toThrow(refusal);
});

test("keys like __proto__ are data", () => {
  const value = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as object;
  const { leaves, structure } = tree.flatten(value);
  const again = tree.unflatten(structure, leaves) as object;
  expect(Object.keys(again)).toEqual(["__proto__", "constructor"]);
  expect(({} as { x?: number }).x).toBeUndefined();
});

test("instances of classes are leaves", () => {
  const date = new Date(0);
  expect(tree.flatten({ date }).leaves).toEqual([date]);
});
