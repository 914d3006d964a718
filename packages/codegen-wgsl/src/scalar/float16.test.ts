import { numberScalars } from "@weftjs/ir";
import { describe, expect, test } from "vitest";
import { ACCURACY_CASES } from "./test/accuracy-table.js";
import { openScalarDevice, type ScalarCase } from "./test/evaluate.js";
import { wordsOf } from "./test/sweep.js";
import { floatOf } from "./test/ulp.js";

const device = await openScalarDevice();

const SMALLEST_HALF = 2 ** -14;
const LARGEST_HALF = 65504;
/** All functions take the same way through float32: some of each kind, and what float16 computes itself. */
const NAMES = ["add", "sub", "mul", "div", "mod", "pow", "sqrt", "exp", "log", "sin", "erf"];
const CASES = ACCURACY_CASES.filter(({ name }) => NAMES.includes(name));

/** Exact in float16. */
const VALUES = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 10, 89, 1000, 65504, SMALLEST_HALF].flatMap((x) => [x, -x]);
const PAIRS = [...VALUES, NaN, Infinity, -Infinity].flatMap((a, _, all) => all.map((b) => [a, b] as const));

describe.skipIf(!device?.hasFloat16)("float16", () => {
  test("every function is within one unit in the last place, and overflows to Inf", async () => {
    const results = await device!.evaluate(
      CASES.map((scalarCase) => ({ ...scalarCase, dtype: "float16" })),
      [0, 1].map((k) => wordsOf(PAIRS.map((pair) => pair[k]!))),
    );
    const wrong: string[] = [];
    CASES.forEach(({ name, expected }, k) => {
      PAIRS.forEach(([a, b], i) => {
        const wanted = expected(a, b);
        for (const words of [results[k]!.scalar, results[k]!.vector]) {
          const got = halfOf(words[i]!);
          if (!isClose(got, wanted)) wrong.push(`${name}: ${a}, ${b} gives ${got}, not ${wanted}`);
        }
      });
    });
    expect(wrong).toEqual([]);
  });

  test("extremes, comparisons and casts see NaN and Inf", async () => {
    const float = numberScalars("float16");
    const names = ["min", "max", "eq", "lt", "le"] as const;
    const casts = ["int32", "uint32", "bool"] as const;
    const cases: ScalarCase[] = [
      ...names.map((name): ScalarCase => ({
        name,
        dtype: "float16",
        build: (s, [a, b]) => s.cast(s[name](a!, b!), "float32"),
      })),
      ...casts.map((to): ScalarCase => ({
        name: to,
        dtype: "float16",
        build: (s, [x]) => s.cast(s.cast(x!, to), "float32"),
      })),
    ];
    const results = await device!.evaluate(
      cases,
      [0, 1].map((k) => wordsOf(PAIRS.map((pair) => pair[k]!))),
    );
    PAIRS.forEach(([a, b], i) => {
      const got = results.map(({ vector }) => floatOf(vector[i]!));
      const wanted = [
        ...names.map((name) => float[name](a, b)),
        ...casts.map((to) => Math.fround(float.cast(a, to))),
      ];
      expect([a, b, ...got]).toEqual([a, b, ...wanted]);
    });
  });
});

function halfOf(word: number): number {
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  const sign = word >> 15 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

function isClose(got: number, wanted: number): boolean {
  if (Number.isNaN(wanted)) return Number.isNaN(got);
  // Between the largest number and the next power of two, both are right.
  if (Math.abs(wanted) > LARGEST_HALF)
    return got === Math.sign(wanted) * Infinity || Math.abs(wanted) < 65536;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(wanted))), -14) - 10);
  return Math.abs(got - wanted) <= Math.max(unit, Math.abs(wanted) < SMALLEST_HALF ? SMALLEST_HALF : 0);
}
