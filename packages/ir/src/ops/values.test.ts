import { describe, expect, test } from "vitest";
import { NO_ATTRS, type Attrs } from "../attrs.js";
import type { HostTensor } from "../interpreter/index.js";
import type { Op } from "../op.js";
import { f64, runOp, tensorOf } from "../testing/run-op.js";
import * as ops from "./index.js";

const run = (op: Op, operands: readonly HostTensor[], attrs: Attrs = NO_ATTRS): number[] => [
  ...runOp(op, operands, attrs).data,
];
const start = (value: number): HostTensor => tensorOf("int32", [value], []);
const grid = f64([1, 2, 3, 4, 5, 6], [2, 3]);

describe("sources", () => {
  test("constant is one value, iota a position", () => {
    expect(run(ops.constant, [], { value: -0, dtype: "float32", shape: [2] })).toEqual([-0, -0]);
    expect(run(ops.constant, [], { value: -1, dtype: "uint32", shape: [] })).toEqual([4294967295]);
    expect(run(ops.iota, [], { dtype: "int32", shape: [2, 3], axis: 0 })).toEqual([0, 0, 0, 1, 1, 1]);
    expect(run(ops.iota, [], { dtype: "int32", shape: [2, 3], axis: 1 })).toEqual([0, 1, 2, 0, 1, 2]);
  });
});

describe("movements", () => {
  test.each([
    ["reshape keeps the row-major order", ops.reshape, { shape: [3, 2] }, [1, 2, 3, 4, 5, 6]],
    ["transpose takes axis i from perm[i]", ops.transpose, { perm: [1, 0] }, [1, 4, 2, 5, 3, 6]],
    ["flip goes backwards", ops.flip, { axes: [1] }, [3, 2, 1, 6, 5, 4]],
    [
      "slice strides backwards too",
      ops.slice,
      { starts: [1, 2], sizes: [2, 2], strides: [-1, -2] },
      [6, 4, 3, 1],
    ],
    [
      "broadcastTo adds leading axes",
      ops.broadcastTo,
      { shape: [2, 2, 3] },
      [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
    ],
    [
      "pad puts values around and between",
      ops.pad,
      { low: [0, 1], high: [1, 0], interior: [0, 1], value: 9 },
      [9, 1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9, 9, 9, 9, 9, 9],
    ],
  ] as [string, Op, Attrs, number[]][])("%s", (_, op, attrs, expected) => {
    expect(run(op, [grid], attrs)).toEqual(expected);
  });

  test("a transpose of three axes is NumPy's", () => {
    const cube = f64([...Array(24).keys()], [2, 3, 4]);
    const { type, data } = runOp(ops.transpose, [cube], { perm: [2, 0, 1] });
    expect(type.shape).toEqual([4, 2, 3]);
    expect(Array.from(data.subarray(0, 8))).toEqual([0, 4, 8, 12, 16, 20, 1, 5]);
  });

  test("concat lays operands along its axis", () => {
    expect(run(ops.concat, [grid, f64([7, 8], [2, 1])], { axis: 1 })).toEqual([1, 2, 3, 7, 4, 5, 6, 8]);
    expect(run(ops.concat, [grid, f64([7, 8, 9], [1, 3])], { axis: 0 })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a dynamic slice and its adjoint start where they are told at run time", () => {
    expect(run(ops.dynamicSlice, [grid, start(1), start(1)], { sizes: [1, 2] })).toEqual([5, 6]);
    expect(run(ops.dynamicPad, [f64([7, 8], [1, 2]), start(1), start(1)], { shape: [2, 3] })).toEqual([
      0, 0, 0, 0, 7, 8,
    ]);
  });
});

describe("reductions", () => {
  test.each([
    [ops.sum, [0], [5, 7, 9]],
    [ops.sum, [1], [6, 15]],
    [ops.sum, [0, 1], [21]],
    [ops.sum, [], [1, 2, 3, 4, 5, 6]],
    [ops.prod, [1], [6, 120]],
    [ops.max, [0], [4, 5, 6]],
    [ops.min, [1], [1, 4]],
  ] as [Op, number[], number[]][])("%o along %o", (op, axes, expected) => {
    expect(run(op, [grid], { axes })).toEqual(expected);
  });

  test("inner and outer axes at once", () => {
    const cube = f64([...Array(8).keys()], [2, 2, 2]);
    expect(run(ops.sum, [cube], { axes: [0, 2] })).toEqual([0 + 1 + 4 + 5, 2 + 3 + 6 + 7]);
  });
});

describe("matmul", () => {
  test("is the sum of products along the inner axis, matrix by matrix", () => {
    const [batch, m, k, n] = [2, 3, 6, 2] as const;
    const a = f64([...Array(batch * m * k).keys()], [batch, m, k]);
    const b = f64(
      [...Array(batch * k * n).keys()].map((i) => (i % 7) - 3),
      [batch, k, n],
    );
    const expected = Array.from({ length: batch * m * n }, (_, flat) => {
      const [matrix, row, column] = [Math.floor(flat / (m * n)), Math.floor(flat / n) % m, flat % n];
      let sum = 0;
      for (let i = 0; i < k; i++) {
        sum += a.data[(matrix * m + row) * k + i]! * b.data[(matrix * k + i) * n + column]!;
      }
      return sum;
    });
    expect(run(ops.matmul, [a, b])).toEqual(expected);
  });

  test("over an empty inner axis is 0", () => {
    expect(run(ops.matmul, [f64([], [2, 0]), f64([], [0, 2])])).toEqual([0, 0, 0, 0]);
  });
});
