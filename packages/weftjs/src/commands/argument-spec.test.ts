import { expect, test } from "vitest";
import { parseArgumentSpecs, parseCallSpec } from "./argument-spec.js";

test("tensors are read by their types, short or long", () => {
  expect(parseArgumentSpecs("f32[10,784], int32[10], bool[]")).toEqual([
    { kind: "tensor", type: { dtype: "float32", shape: [10, 784] } },
    { kind: "tensor", type: { dtype: "int32", shape: [10] } },
    { kind: "tensor", type: { dtype: "bool", shape: [] } },
  ]);
});

test("lists, objects and plain values nest", () => {
  expect(parseArgumentSpecs(`[{w: f32[2], "a b": 1e-3}, []], true, null, "x, \\"y\\"", -1`)).toEqual([
    {
      kind: "list",
      items: [
        {
          kind: "object",
          keys: ["w", "a b"],
          items: [
            { kind: "tensor", type: { dtype: "float32", shape: [2] } },
            { kind: "fixed", value: 0.001 },
          ],
        },
        { kind: "list", items: [] },
      ],
    },
    { kind: "fixed", value: true },
    { kind: "fixed", value: null },
    { kind: "fixed", value: 'x, "y"' },
    { kind: "fixed", value: -1 },
  ]);
});

test("numbers may be left open", () => {
  expect(parseArgumentSpecs("number, [integer, 3]")).toEqual([
    { kind: "number", isWhole: false },
    {
      kind: "list",
      items: [
        { kind: "number", isWhole: true },
        { kind: "fixed", value: 3 },
      ],
    },
  ]);
});

test("a call has a name and its arguments", () => {
  expect(parseCallSpec("model.step(f32[2], number)")).toEqual({
    path: "model.step",
    forms: parseArgumentSpecs("f32[2], number"),
  });
  expect(parseCallSpec("start()").forms).toEqual([]);
});

test.each(["step", "step(f32[2]", "(f32[2])", "step f32[2]"])("the call %j is refused with W5012", (text) => {
  expect(() => parseCallSpec(text)).toThrow(expect.objectContaining({ code: "W5012" }));
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
