import { expect, test } from "vitest";
import { parseArgumentSpecs } from "./argument-spec.js";

test("tensors are read by their types, short or long", () => {
  expect(parseArgumentSpecs("f32[10,784], int32[10], bool[]")).toEqual([
    { kind: "tensor", dtype: "float32", shape: [10, 784] },
    { kind: "tensor", dtype: "int32", shape: [10] },
    { kind: "tensor", dtype: "bool", shape: [] },
  ]);
});

test("lists, objects and plain values nest", () => {
  expect(parseArgumentSpecs(`[{w: f32[2], "a b": 1e-3}, []], true, null, "x, \\"y\\"", -1`)).toEqual([
    {
      kind: "list",
      items: [
        {
          kind: "object",
          entries: [
            ["w", { kind: "tensor", dtype: "float32", shape: [2] }],
            ["a b", { kind: "value", value: 0.001 }],
          ],
        },
        { kind: "list", items: [] },
      ],
    },
    { kind: "value", value: true },
    { kind: "value", value: null },
    { kind: "value", value: 'x, "y"' },
    { kind: "value", value: -1 },
  ]);
});

test("no arguments are an empty list", () => {
  expect(parseArgumentSpecs("  ")).toEqual([]);
});

test.each([
  "f32",
  "f32[2",
  "f32[-1]",
  "f32[1.5]",
  "f33[2]",
  "[1",
  "{w 1}",
  "{w: 1",
  "1 2",
  "1,,2",
  "]",
  "%",
  '"a',
])("%j is refused with W5012", (text) => {
  expect(() => parseArgumentSpecs(text)).toThrow(expect.objectContaining({ code: "W5012" }));
});
