import { describe, expect, test } from "vitest";
import type { PointwiseOp } from "../op.js";
import { f64, gradientsOf, runOp, tensorOf } from "../testing/run-op.js";
import * as ops from "./index.js";

const inf = Infinity;

/** Operand values and the result, one row an element. Results are exact: NaN is NaN, and -0 is not 0. */
// prettier-ignore
const EDGES: [PointwiseOp, readonly (readonly number[])[]][] = [
  [ops.add, [[inf, -inf, NaN], [-0, -0, -0], [-0, 0, 0], [1, NaN, NaN]]],
  [ops.subtract, [[inf, inf, NaN], [0, 0, 0], [-0, 0, -0]]],
  [ops.multiply, [[0, inf, NaN], [-0, 3, -0], [-2, inf, -inf]]],
  [ops.divide, [[1, 0, inf], [1, -0, -inf], [0, 0, NaN], [inf, inf, NaN], [7, 2, 3.5]]],
  [ops.mod, [
    [5.5, -3, -0.5], [-5.5, 3, 0.5], [6, 3, 0], [6, -3, -0], [5, inf, 5], [-5, inf, inf], [1, 0, NaN],
  ]],
  [ops.power, [
    [0, 0, 1], [NaN, 0, 1], [1, NaN, 1], [-1, inf, 1], [1, -inf, 1], [-2, 3, -8], [-8, 1 / 3, NaN],
    [0, -1, inf], [-0, -1, -inf], [2, -inf, 0], [-2, 0.5, NaN],
  ]],
  [ops.maximum, [[NaN, 1, NaN], [1, NaN, NaN], [-0, 0, 0], [inf, 1, inf]]],
  [ops.minimum, [[NaN, 1, NaN], [1, NaN, NaN], [0, -0, -0], [-inf, 1, -inf]]],
  [ops.arctan2, [
    [0, 0, 0], [0, -0, Math.PI], [-0, -0, -Math.PI], [1, 0, Math.PI / 2], [inf, inf, Math.PI / 4],
    [-1, -inf, -Math.PI],
  ]],
  [ops.equal, [[NaN, NaN, 0], [0, -0, 1], [inf, inf, 1]]],
  [ops.notEqual, [[NaN, NaN, 1], [0, -0, 0], [inf, -inf, 1]]],
  [ops.less, [[NaN, 1, 0], [1, NaN, 0], [-0, 0, 0], [-inf, inf, 1]]],
  [ops.lessEqual, [[NaN, NaN, 0], [0, -0, 1]]],
  [ops.greater, [[NaN, 1, 0], [0, -0, 0], [inf, 1, 1]]],
  [ops.greaterEqual, [[1, NaN, 0], [-0, 0, 1]]],
  [ops.negative, [[0, -0], [-0, 0], [inf, -inf]]],
  [ops.abs, [[-0, 0], [-inf, inf], [NaN, NaN]]],
  [ops.sign, [[-0, -0], [0, 0], [NaN, NaN], [-inf, -1], [1e-300, 1]]],
  [ops.relu, [[-0, 0], [NaN, NaN], [-inf, 0], [inf, inf]]],
  [ops.square, [[-inf, inf], [-0, 0]]],
  [ops.reciprocal, [[0, inf], [-0, -inf], [inf, 0]]],
  [ops.floor, [[-0, -0], [-0.5, -1], [inf, inf], [NaN, NaN], [1e300, 1e300]]],
  [ops.ceil, [[-0.5, -0], [0.5, 1], [-inf, -inf]]],
  [ops.trunc, [[-0.5, -0], [-2.7, -2], [2.7, 2]]],
  [ops.round, [
    [0.5, 0], [1.5, 2], [2.5, 2], [-0.5, -0], [-1.5, -2], [-2.5, -2], [-0.2, -0], [2.500001, 3],
    [2 ** 51 + 1.5, 2 ** 51 + 2], [inf, inf], [NaN, NaN],
  ]],
  [ops.exp, [[-inf, 0], [inf, inf], [710, inf], [-0, 1]]],
  [ops.exp2, [[-1, 0.5], [10, 1024], [-inf, 0]]],
  [ops.expm1, [[-0, -0], [-inf, -1], [1e-20, 1e-20]]],
  [ops.log, [[0, -inf], [-0, -inf], [-1, NaN], [inf, inf], [1, 0]]],
  [ops.log2, [[8, 3], [0, -inf], [-1, NaN]]],
  [ops.log1p, [[-0, -0], [-1, -inf], [-2, NaN], [1e-20, 1e-20]]],
  [ops.sqrt, [[-0, -0], [-1, NaN], [inf, inf], [9, 3]]],
  [ops.rsqrt, [[0, inf], [inf, 0], [4, 0.5], [-1, NaN]]],
  [ops.cbrt, [[-8, -2], [-0, -0], [-inf, -inf]]],
  [ops.sin, [[-0, -0], [inf, NaN]]],
  [ops.cos, [[0, 1], [-inf, NaN]]],
  [ops.tan, [[-0, -0], [inf, NaN]]],
  [ops.asin, [[1.5, NaN], [-0, -0], [1, Math.PI / 2]]],
  [ops.acos, [[1, 0], [-1.5, NaN], [-1, Math.PI]]],
  [ops.atan, [[inf, Math.PI / 2], [-0, -0]]],
  [ops.sinh, [[-0, -0], [-inf, -inf]]],
  [ops.cosh, [[-inf, inf], [0, 1]]],
  [ops.tanh, [[89, 1], [-1e4, -1], [inf, 1], [-0, -0], [NaN, NaN]]],
  [ops.asinh, [[-0, -0], [-inf, -inf]]],
  [ops.acosh, [[1, 0], [0.5, NaN], [inf, inf]]],
  [ops.atanh, [[1, inf], [-1, -inf], [2, NaN], [-0, -0]]],
  [ops.erf, [[-0, -0], [inf, 1], [-inf, -1], [NaN, NaN]]],
  [ops.erfc, [[-inf, 2], [inf, 0], [0, 1], [NaN, NaN]]],
  [ops.erfinv, [[-0, -0], [1, inf], [-1, -inf], [1.5, NaN], [NaN, NaN]]],
  [ops.sigmoid, [[-inf, 0], [inf, 1], [0, 0.5], [-1000, 0], [NaN, NaN]]],
  [ops.softplus, [[-inf, 0], [inf, inf], [200, 200], [0, Math.LN2], [NaN, NaN]]],
  [ops.isNaN, [[NaN, 1], [inf, 0], [0, 0]]],
  [ops.isFinite, [[NaN, 0], [-inf, 0], [1e308, 1]]],
  [ops.where, [[1, NaN, 2, NaN], [0, NaN, 2, 2], [1, -0, 5, -0]]],
  [ops.logicalAnd, [[1, 0, 0], [1, 1, 1]]],
  [ops.logicalOr, [[1, 0, 1], [0, 0, 0]]],
  [ops.logicalXor, [[1, 1, 0], [0, 1, 1]]],
  [ops.logicalNot, [[1, 0], [0, 1]]],
];

test.each(EDGES.map(([op, rows]) => [op.name, op, rows] as const))("%s at the edges", (_, op, rows) => {
  const operands = op.operands.map((_name, k) => f64(rows.map((row) => row[k]!)));
  expect([...runOp(op, operands).data]).toEqual(rows.map((row) => row.at(-1)));
});

describe("astype", () => {
  const VALUES = [-2.7, -0.5, -0, 0.5, 2.7, 3e9, -3e9, 5e9, NaN, inf, -inf];
  test.each([
    ["int32", [-2, 0, 0, 0, 2, 2147483647, -2147483648, 2147483647, 0, 2147483647, -2147483648]],
    ["uint32", [0, 0, 0, 0, 2, 3000000000, 0, 4294967295, 0, 4294967295, 0]],
    ["bool", [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]],
  ] as const)("cuts floats towards zero and keeps them in range: %s", (dtype, expected) => {
    const { type, data } = runOp(ops.astype, [f64(VALUES)], { dtype });
    expect(type.dtype).toBe(dtype);
    expect([...data].map((x) => x + 0)).toEqual(expected);
  });

  test("takes integers modulo 2³², and keeps what an integer cannot lose", () => {
    expect([...runOp(ops.astype, [tensorOf("int32", [-1, 5])], { dtype: "uint32" }).data]).toEqual([
      4294967295, 5,
    ]);
    expect([...runOp(ops.astype, [tensorOf("uint32", [4294967295])], { dtype: "int32" }).data]).toEqual([-1]);
    expect([...runOp(ops.astype, [tensorOf("bool", [0, 1])], { dtype: "float32" }).data]).toEqual([0, 1]);
  });
});

describe("integers", () => {
  const int32 = (op: PointwiseOp, ...rows: number[][]): number[] => [
    ...runOp(
      op,
      rows.map((row) => tensorOf("int32", row)),
    ).data,
  ];
  const uint32 = (op: PointwiseOp, ...rows: number[][]): number[] => [
    ...runOp(
      op,
      rows.map((row) => tensorOf("uint32", row)),
    ).data,
  ];

  test("wrap as 32-bit integers do", () => {
    expect(int32(ops.add, [2147483647], [1])).toEqual([-2147483648]);
    expect(int32(ops.multiply, [65537, -3], [65537, 5])).toEqual([131073, -15]);
    expect(int32(ops.negative, [-2147483648])).toEqual([-2147483648]);
    expect(int32(ops.power, [3, 3, 2, 0, -1], [4, 40, -1, -1, -3])).toEqual([81, 689956897, 0, 0, -1]);
    expect(uint32(ops.subtract, [1], [2])).toEqual([4294967295]);
    expect(uint32(ops.negative, [1])).toEqual([4294967295]);
  });

  test("have a remainder by zero: zero", () => {
    expect(int32(ops.mod, [7, -7, 7], [3, 3, 0])).toEqual([1, 2, 0]);
  });
});

describe("reductions", () => {
  const reduce = (op: Parameters<typeof runOp>[0], data: number[]): number =>
    runOp(op, [f64(data)], { axes: [0] }).data[0]!;

  test("NaN wins in max and min", () => {
    expect(reduce(ops.max, [1, NaN, 3])).toBeNaN();
    expect(reduce(ops.min, [1, NaN, 3])).toBeNaN();
    expect(reduce(ops.max, [-inf, -inf])).toBe(-inf);
  });

  test("of no elements give the identity", () => {
    expect(reduce(ops.sum, [])).toBe(0);
    expect(reduce(ops.prod, [])).toBe(1);
    expect(runOp(ops.any, [tensorOf("bool", [])], { axes: [0] }).data[0]).toBe(0);
    expect(runOp(ops.all, [tensorOf("bool", [])], { axes: [0] }).data[0]).toBe(1);
  });

  test("max and min share the gradient among ties", () => {
    const gradient = (op: typeof ops.max, data: number[]): number[] => [
      ...gradientsOf(op, [f64(data)], { axes: [0] })[0]!.data,
    ];
    expect(gradient(ops.max, [3, 1, 3])).toEqual([0.5, 0, 0.5]);
    expect(gradient(ops.min, [2, 2, 2, 5])).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
    expect(gradient(ops.max, [-inf, -inf])).toEqual([0.5, 0.5]);
    expect(gradient(ops.max, [1, NaN])).toEqual([NaN, NaN]);
  });

  test("prod has the right gradient with no, one and two zeros", () => {
    const gradient = (data: number[]): number[] => [
      ...gradientsOf(ops.prod, [f64(data)], { axes: [0] })[0]!.data,
    ];
    expect(gradient([2, 3, 4])).toEqual([12, 8, 6]);
    expect(gradient([2, 0, 4])).toEqual([0, 8, 0]);
    expect(gradient([0, 0, 4])).toEqual([0, 0, 0]);
  });
});

describe("gradients at the edges", () => {
  const gradient = (op: PointwiseOp, ...values: number[]): number[] =>
    gradientsOf(
      op,
      values.map((value) => f64([value])),
    ).map(({ data }) => data[0]! + 0);

  test("power is never NaN to its base, and to its exponent only below 0", () => {
    expect(gradient(ops.power, -2, 3)[0]).toBe(12);
    expect(gradient(ops.power, 0, 1)).toEqual([1, 0]);
    expect(gradient(ops.power, NaN, 0)[0]).toBe(0);
    expect(gradient(ops.power, inf, 0)[0]).toBe(0);
    expect(gradient(ops.power, 0, -1)[0]).toBe(-inf);
  });

  test("sigmoid, softplus and tanh stay finite far out", () => {
    for (const x of [-1000, 1000]) {
      for (const op of [ops.sigmoid, ops.softplus, ops.tanh]) {
        expect(Number.isFinite(gradient(op, x)[0])).toBe(true);
      }
    }
  });

  test("NaN flows back through maximum, so that it can be found", () => {
    expect(gradient(ops.maximum, NaN, 1)).toEqual([1, 1]);
  });

  test("what where does not choose gets 0, whatever its value", () => {
    const [a, b] = gradientsOf(ops.where, [tensorOf("bool", [1, 0]), f64([NaN, NaN]), f64([inf, inf])]);
    expect([...a!.data]).toEqual([1, 0]);
    expect([...b!.data]).toEqual([0, 1]);
  });
});
