import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../builder.js";
import { defineOp } from "../define-op.js";
import { add, astype, broadcastTo, dynamicSlice, multiply, sum } from "../ops/index.js";
import { withRecorder } from "../recorder.js";
import { f64, graphOf, opGraph, tensorOf } from "../testing/run-op.js";
import { parseGraph } from "../text/parse.js";
import { hostTensor } from "./host-tensor.js";
import { interpret } from "./interpret.js";
import { roundToFloat16 } from "./precision.js";

test("what a movement fills with is a value of its dtype", () => {
  const graph = parseGraph(`graph(%x: i32[1], %y: bool[1]) {
    %0: i32[2] = pad %x {high=[1], low=[0], value=2.5}
    %1: bool[2] = pad %y {high=[1], low=[0], value=2}
    return %0, %1
  }`);
  const results = interpret(graph, [
    { type: graph.params[0]!.type, data: Float64Array.of(7) },
    { type: graph.params[1]!.type, data: Float64Array.of(0) },
  ]);
  expect(results.map(({ data }) => [...data])).toEqual([
    [7, 2],
    [0, 1],
  ]);
});

describe("precision", () => {
  const type = { dtype: "float32", shape: [] } as const;
  const graph = graphOf([type], (x) => add(x!, 1));
  const tiny = hostTensor(type, [2 ** -30]);

  test("float64 keeps what float32 would lose", () => {
    expect(interpret(graph, [tiny])[0]!.data[0]).toBe(1 + 2 ** -30);
  });

  test("storage rounds every op's result to its dtype", () => {
    expect(interpret(graph, [tiny], { precision: "storage" })[0]!.data[0]).toBe(1);
  });

  test("storage never rounds its inputs in place", () => {
    const cast = opGraph(astype, [{ dtype: "float64", shape: [1] }], { dtype: "float32" });
    const input = f64([0.1]);
    expect(interpret(cast, [input], { precision: "storage" })[0]!.data[0]).toBe(Math.fround(0.1));
    expect(input.data[0]).toBe(0.1);
  });
});

test.each([
  [1, 1],
  [0.1, 0.0999755859375],
  [65504, 65504],
  [65519, 65504],
  [65520, Infinity],
  [-1e6, -Infinity],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [-(2 ** -25), -0],
  [1.5 * 2 ** -24, 2 ** -23],
  [2049, 2048],
  [2051, 2052],
  [1 - 2 ** -12, 1],
  [NaN, NaN],
])("%s is %s in float16", (x, expected) => {
  expect(roundToFloat16(x)).toBe(expected);
});

test("a scalar parameter is a tensor of shape []", () => {
  const builder = new GraphBuilder();
  const x = builder.param({ dtype: "float32", shape: [2] });
  const rate = builder.param({ dtype: "float32", shape: [] }, "rate", "scalar");
  const scaled = withRecorder(builder, () => multiply(x, rate));
  const graph = builder.finish([builder.bring(scaled, x.type)]);
  const [result] = interpret(graph, [tensorOf("float32", [1, 2]), tensorOf("float32", [0.5], [])]);
  expect([...result!.data]).toEqual([0.5, 1]);
});

test("a run-time start beyond the edge reads zeros", () => {
  const operands = [f64([1, 2, 3]), tensorOf("int32", [2], [])];
  const graph = opGraph(
    dynamicSlice,
    operands.map(({ type }) => type),
    { sizes: [2] },
  );
  expect([...interpret(graph, operands)[0]!.data]).toEqual([3, 0]);
});

test("a sum over a broadcast axis of a scalar counts its elements", () => {
  const graph = graphOf([{ dtype: "int32", shape: [] }], (x) =>
    sum(broadcastTo(x!, { shape: [3, 0, 2] }), { axes: [1] }),
  );
  const [result] = interpret(graph, [tensorOf("int32", [7], [])]);
  expect([...result!.data]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a region is what it expands to", () => {
  const doubled = defineOp({
    kind: "region",
    name: "test.doubled",
    infer: (types) => types,
    expand: ([x]) => [add(x!, x!)],
  });
  const graph = opGraph(doubled, [{ dtype: "float64", shape: [2] }]);
  expect([...interpret(graph, [f64([1, 2])])[0]!.data]).toEqual([2, 4]);
});

test("an input of another type than its parameter is refused", () => {
  const graph = graphOf([{ dtype: "float32", shape: [2] }], (x) => add(x!, x!));
  expect(() => interpret(graph, [f64([1, 2])])).toThrow("needs f32[2], got f64[2]");
  expect(() => interpret(graph, [])).toThrow("needs f32[2], got nothing");
});
