import { describe, expect, test } from "vitest";
import { inferCall } from "../call-type.js";
import { WeftError } from "../errors.js";
import { interpret } from "../interpreter/index.js";
import { NO_ATTRS, type Attrs } from "../attrs.js";
import type { Op } from "../op.js";
import { defineOp } from "../define-op.js";
import { f64, graphOf } from "../testing/run-op.js";
import { dtypeFromShort, formatType, type TensorType } from "../types.js";
import * as ops from "./index.js";

/** `f32[2,3]` as a type, a number as itself. */
function typeOf(text: string | number): TensorType | number {
  if (typeof text === "number") return text;
  const [, short, sizes] = /^(\w+)\[(.*)\]$/.exec(text)!;
  return { dtype: dtypeFromShort(short!)!, shape: sizes ? sizes.split(",").map(Number) : [] };
}

function resultOf(op: Op, operands: readonly (string | number)[], attrs: Attrs = NO_ATTRS): string {
  return formatType(inferCall(op, operands.map(typeOf), attrs).outputs[0]!);
}

function errorOf(op: Op, operands: readonly (string | number)[], attrs: Attrs = NO_ATTRS): WeftError {
  try {
    resultOf(op, operands, attrs);
  } catch (error) {
    if (error instanceof WeftError) return error;
    throw error;
  }
  throw new Error(`${op.name} accepted ${operands.join(", ")}`);
}

describe("the dtype of a call", () => {
  test.each([
    [ops.add, ["f32[]", "i32[]"], "f32[]"],
    [ops.add, ["u32[]", "i32[]"], "i32[]"],
    [ops.add, ["f16[]", "i32[]"], "f16[]"],
    [ops.add, ["f16[]", "f32[]"], "f32[]"],
    [ops.add, ["bool[]", "bool[]"], "i32[]"],
    [ops.add, ["i32[]", 1], "i32[]"],
    [ops.add, ["i32[]", 1.5], "f32[]"],
    [ops.add, ["i32[]", -0], "f32[]"],
    [ops.add, ["f16[]", 1.5], "f16[]"],
    [ops.add, ["bool[]", 2], "i32[]"],
    [ops.add, [1, 2], "f32[]"],
    [ops.divide, ["i32[]", "i32[]"], "f32[]"],
    [ops.divide, ["f16[]", "i32[]"], "f16[]"],
    [ops.exp, ["bool[3]"], "f32[3]"],
    [ops.floor, ["f64[]"], "f64[]"],
    [ops.less, ["bool[]", "bool[]"], "bool[]"],
    [ops.equal, ["bool[]", "u32[]"], "bool[]"],
    [ops.logicalAnd, ["f32[2]", "i32[2]"], "bool[2]"],
    [ops.where, ["f32[2]", "i32[]", 1], "i32[2]"],
    [ops.where, ["bool[2]", "i32[]", 0.5], "f32[2]"],
  ] as [Op, (string | number)[], string][])("%o of %o is %s", (op, operands, expected) => {
    expect(resultOf(op, operands)).toBe(expected);
  });

  test("of a reduction: bools are counted, truth is asked of numbers", () => {
    expect(resultOf(ops.sum, ["bool[4]"], { axes: [0] })).toBe("i32[]");
    expect(resultOf(ops.max, ["u32[4,2]"], { axes: [1] })).toBe("u32[4]");
    expect(resultOf(ops.any, ["f32[4]"], { axes: [0] })).toBe("bool[]");
  });
});

describe("the shape of a call", () => {
  test.each([
    [["f32[2,3]", "f32[3]"], "f32[2,3]"],
    [["f32[3]", "f32[2,3]"], "f32[2,3]"],
    [["f32[2,1]", "f32[1,3]"], "f32[2,3]"],
    [["f32[]", "f32[0,3]"], "f32[0,3]"],
    [["f32[1]", "f32[0]"], "f32[0]"],
  ])("%o broadcasts to %s", (operands, expected) => {
    expect(resultOf(ops.add, operands)).toBe(expected);
  });

  test("broadcasting works both ways, in values too", () => {
    const [row, column] = [f64([10, 20, 30], [3]), f64([1, 2], [2, 1])];
    for (const [a, b] of [
      [row, column],
      [column, row],
    ] as const) {
      const graph = graphOf([a.type, b.type], (x, y) => ops.add(x!, y!));
      expect([...interpret(graph, [a, b])[0]!.data]).toEqual([11, 21, 31, 12, 22, 32]);
    }
  });
});

describe("errors", () => {
  test.each([
    ["W2003", ops.add, ["f32[2]", "f32[3]"], {}],
    ["W2004", ops.matmul, ["f32[8,4]", "f32[2,4]"], {}],
    ["W2005", ops.matmul, ["i32[2,2]", "i32[2,2]"], {}],
    ["W2006", ops.add, ["f32[]"], {}],
    ["W2010", ops.reshape, ["f32[2,3]"], { shape: [4] }],
    ["W2010", ops.constant, [], { value: 0, dtype: "float32", shape: [-1] }],
    ["W2011", ops.sum, ["f32[2]"], { axes: [1] }],
    ["W2011", ops.sum, ["f32[2]"], { axes: [0, 0] }],
    ["W2011", ops.flip, ["f32[]"], { axes: [0] }],
    ["W2011", ops.iota, [], { dtype: "int32", shape: [2], axis: 1 }],
    ["W2012", ops.max, ["f32[2,0]"], { axes: [1] }],
    ["W2013", ops.broadcastTo, ["f32[2]"], { shape: [3] }],
    ["W2013", ops.broadcastTo, ["f32[2,1]"], { shape: [2] }],
    ["W2014", ops.transpose, ["f32[2,3]"], { perm: [0, 0] }],
    ["W2015", ops.slice, ["f32[3]"], { starts: [1], sizes: [3], strides: [1] }],
    ["W2015", ops.slice, ["f32[3]"], { starts: [0], sizes: [2], strides: [0] }],
    ["W2016", ops.pad, ["f32[3]"], { low: [-1], high: [0], interior: [], value: 0 }],
    ["W2017", ops.concat, ["f32[2,2]", "f32[3,3]"], { axis: 0 }],
    ["W2017", ops.concat, ["f32[2]", "i32[2]"], { axis: 0 }],
    ["W2017", ops.concat, [], { axis: 0 }],
    ["W2018", ops.dynamicSlice, ["f32[3]", "f32[]"], { sizes: [2] }],
    ["W2018", ops.dynamicPad, ["f32[3]"], { shape: [2] }],
    ["W2019", ops.matmul, ["f32[3]", "f32[3,2]"], {}],
    ["W2020", ops.windows, ["f32[3]"], { stride: [1], dilation: [1], low: [0], sizes: [3] }],
    ["W2020", ops.unwindows, ["f32[2,3]"], { stride: [0], dilation: [1], low: [0], sizes: [3] }],
    ["W2019", ops.matmul, ["f32[2,3,4]", "f32[3,4,5]"], {}],
    ["W2030", ops.gather, ["f32[3]", "f32[2]"], { axis: 0 }],
    ["W2030", ops.gather, ["f32[]", "i32[2]"], { axis: 0 }],
    ["W2030", ops.gatherAlong, ["f32[2,3]", "i32[3,1]"], { axis: 1 }],
    ["W2031", ops.scatterAdd, ["i32[2]", "f32[3]"], { axis: 0, size: 2 }],
    ["W2031", ops.scatterAdd, ["i32[2]", "bool[2]"], { axis: 0, size: 2 }],
    ["W2038", ops.attention, ["f32[2,4]", "f32[3,4]", "f32[3,2]", "f16[]"], { scale: 1 }],
    ["W2038", ops.attention, ["f32[2,4]", "f32[3,4]", "f32[3,2]", "f32[3,2]"], { scale: 1 }],
    ["W2038", ops.attention, ["f32[2,0]", "f32[3,0]", "f32[3,2]", "f32[]"], { scale: 1 }],
    [
      "W2038",
      ops.attentionQueryGradient,
      ["f32[2,4]", "f32[3,4]", "f32[3,2]", "f32[]", "f32[2,2]", "f32[2]", "f32[3]"],
      { scale: 1 },
    ],
  ] as [string, Op, string[], Attrs][])("%s from %o", (code, op, operands, attrs) => {
    const error = errorOf(op, operands, attrs);
    expect(error.code).toBe(code);
    expect(error.class).toBe("user");
  });

  test("W2001 from an op that nothing records, W2002 from a second op of one name", () => {
    const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
    expect(() => ops.add(1, 2)).toThrow(code("W2001"));
    const again = (): unknown =>
      defineOp({
        kind: "pointwise",
        name: "copy",
        summary: "the same name again",
        operands: ["x"],
        accepts: ["float32"],
        scalar: ({ x }) => x,
        vjp: (_, { ct }) => ({ x: ct }),
        samples: [],
      });
    expect(again).toThrow(code("W2002"));
  });

  test("a product of unfit matrices says which operand to transpose", () => {
    expect(errorOf(ops.matmul, ["f32[8,4]", "f32[2,4]"]).message).toMatchInlineSnapshot(`
      "error[W2004]: matmul needs equal inner sizes, got 4 and 2
         = note: left operand is f32[8,4], right operand is f32[2,4]
         = hint: transpose the right operand"
    `);
  });

  test("a reduction of none says along which axis", () => {
    expect(errorOf(ops.max, ["f32[2,0]"], { axes: [1] }).message).toMatchInlineSnapshot(`
      "error[W2012]: max needs at least one element to reduce, got none along axis 1
         = note: operand is f32[2,0]
         = hint: test the size first, or pad the operand"
    `);
    expect(resultOf(ops.max, ["f32[0,3]"], { axes: [1] })).toBe("f32[0]");
  });
});
