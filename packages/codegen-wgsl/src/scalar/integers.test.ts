import { type DType, numberScalars } from "@weftjs/ir";
import { describe, expect, test } from "vitest";
import { openScalarDevice, type ScalarCase } from "./test/evaluate.js";
import { SPECIAL_VALUES } from "./test/sweep.js";
import { wordOf } from "./test/ulp.js";

const device = await openScalarDevice();

const INTEGERS = [
  0,
  1,
  2,
  3,
  7,
  31,
  32,
  100,
  65535,
  65536,
  1000003,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const SIGNED = [...INTEGERS, ...INTEGERS.map((x) => -x)];
const ARITHMETIC = ["add", "sub", "mul", "mod", "min", "max", "eq", "lt", "le", "pow"] as const;
const BITWISE = ["bitAnd", "bitOr", "bitXor", "shiftLeft", "shiftRight"] as const;
const NAMES = [...ARITHMETIC, ...BITWISE];
const UNARY = ["neg", "abs", "floor", "round", "bitNot"] as const;

interface Exact extends ScalarCase {
  expected(a: number, b: number): number;
}

describe.skipIf(!device)("integers and bools", () => {
  test.each(["int32", "uint32"] as const)(
    "%s wraps, compares and divides as the interpreter does",
    (dtype) => {
      const reference = numberScalars(dtype);
      const values = SIGNED.map((x) => reference.cast(x, dtype));
      const cases: Exact[] = [
        ...NAMES.map((name): Exact => ({
          name,
          dtype,
          build: (s, [a, b]) => s[name](a!, b!),
          expected: (a, b) => reference[name](a, b),
        })),
        ...UNARY.map((name): Exact => ({
          name,
          dtype,
          build: (s, [x]) => s[name](x!),
          expected: (x) => reference[name](x),
        })),
        { name: "sign", dtype, build: (s, [x]) => s.sign(x!), expected: (x) => Math.sign(x) },
        { name: "mod 0", dtype, build: (s, [x]) => s.mod(x!, 0), expected: () => 0 },
        { name: "x / 0", dtype, build: (s, [x]) => s.div(x!, 0), expected: (x) => x },
        { name: "largest + 1", dtype, build: (s) => s.add(s.literal(-1), 1), expected: () => 0 },
        { name: "to float", dtype, build: (s, [x]) => s.cast(x!, "float32"), expected: (x) => wordOf(x) },
        { name: "to bool", dtype, build: (s, [x]) => s.cast(x!, "bool"), expected: (x) => +(x !== 0) },
        { name: "<< 33", dtype, build: (s, [x]) => s.shiftLeft(x!, 33), expected: (x) => (x << 1) >>> 0 },
        { name: "1 << x", dtype, build: (s, [x]) => s.shiftLeft(1, x!), expected: (x) => (1 << x) >>> 0 },
        { name: "to bits", dtype, build: (s, [x]) => s.bitcast(x!, "float32"), expected: (x) => x >>> 0 },
        { name: "isNaN", dtype, build: (s, [x]) => s.isNaN(x!), expected: () => 0 },
      ];
      return expectWords(
        cases,
        values.flatMap((a) => values.map((b) => [a, b] as const)),
        (x) => x >>> 0,
      );
    },
  );

  test("floats become integers cut towards zero and kept in range, NaN 0", () => {
    const values = [...SPECIAL_VALUES, NaN, -0.9, 0.9, 1.9, -1.9, 2147483520, 4294967040, -2147483648].map(
      Math.fround,
    );
    const reference = numberScalars("float32");
    const cases = (["int32", "uint32", "bool"] as const).map((to): Exact => ({
      name: `to ${to}`,
      dtype: "float32",
      build: (s, [x]) => s.cast(x!, to),
      expected: (x) => reference.cast(x, to),
    }));
    return expectWords(
      cases,
      values.map((x) => [x, 0]),
      wordOf,
    );
  });

  test("bools combine, compare and convert", () => {
    const dtype: DType = "bool";
    const reference = numberScalars(dtype);
    const cases: Exact[] = [
      ...(["and", "or", "xor", "eq", "lt", "le", "min", "max"] as const).map((name): Exact => ({
        name,
        dtype,
        build: (s, [a, b]) => s[name](a!, b!),
        expected: (a, b) => reference[name](a, b),
      })),
      { name: "not", dtype, build: (s, [x]) => s.not(x!), expected: (x) => 1 - x },
      { name: "to int", dtype, build: (s, [x]) => s.cast(x!, "int32"), expected: (x) => x },
      { name: "to float", dtype, build: (s, [x]) => s.cast(x!, "float32"), expected: (x) => wordOf(x) },
      {
        name: "select",
        dtype,
        build: (s, [c, a]) => s.select(c!, a!, s.literal(1)),
        expected: (c, a) => (c ? a : 1),
      },
    ];
    return expectWords(
      cases,
      [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as const)),
      (x) => x,
    );
  });
});

async function expectWords(
  cases: readonly Exact[],
  pairs: readonly (readonly [number, number])[],
  toWord: (x: number) => number,
): Promise<void> {
  const operands = [0, 1].map((k) => {
    const words = new Uint32Array(Math.ceil(pairs.length / 4) * 4);
    words.set(pairs.map((pair) => toWord(pair[k]!)));
    return words;
  });
  const results = await device!.evaluate(cases, operands);
  const wrong: string[] = [];
  cases.forEach((exact, k) => {
    pairs.forEach(([a, b], i) => {
      const expected = exact.expected(a, b) >>> 0;
      for (const words of [results[k]!.scalar, results[k]!.vector]) {
        if (words[i] !== expected) wrong.push(`${exact.name}: ${a}, ${b} gives ${words[i]}, not ${expected}`);
      }
    });
  });
  expect(wrong).toEqual([]);
}
