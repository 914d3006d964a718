import { numberScalars } from "@weftjs/ir";
import { describe, expect, test } from "vitest";
import type { WgslExpr, WgslScalars } from "./index.js";
import { openScalarDevice, type ScalarCase } from "./test/evaluate.js";
import { SPECIAL_PAIRS, wordsOf } from "./test/sweep.js";
import { floatOf, LARGEST, SMALLEST_NORMAL, ulpError } from "./test/ulp.js";

const device = await openScalarDevice();
const reference = numberScalars("float64");
const SINGLES = SPECIAL_PAIRS.filter(([, b]) => b === 1);

interface Exact extends ScalarCase {
  expected(a: number, b: number): number;
}

type Unary = "neg" | "abs" | "sign" | "floor" | "ceil" | "round" | "trunc" | "isNaN" | "isFinite";
type Binary = "add" | "sub" | "mul" | "div" | "min" | "max" | "eq" | "lt" | "le";

const unary = (name: Unary): Exact => ({
  name,
  dtype: "float32",
  build: (s, [x]) => s[name](x!),
  expected: (x) => reference[name](x),
});
const binary = (name: Binary): Exact => ({
  name,
  dtype: "float32",
  build: (s, [a, b]) => s[name](a!, b!),
  expected: (a, b) => reference[name](a, b),
});
const UNARY = (["neg", "abs", "sign", "floor", "ceil", "round", "trunc", "isNaN", "isFinite"] as const).map(
  unary,
);
const BINARY = (["add", "sub", "mul", "div", "min", "max", "eq", "lt", "le"] as const).map(binary);

const ZERO = 0;
type Made = readonly [(s: WgslScalars, x: WgslExpr) => WgslExpr, (x: number) => number];

/** What drivers fold where they see it, or compile wrongly next to a literal. */
const FOLDED: Readonly<Record<string, Made>> = {
  "x == x": [(s, x) => s.eq(x, x), (x) => +!Number.isNaN(x)],
  "x !== x": [(s, x) => s.cast(s.not(s.eq(x, x)), "bool"), (x) => +Number.isNaN(x)],
  "x <= x": [(s, x) => s.le(x, x), (x) => +!Number.isNaN(x)],
  "not x < 1": [(s, x) => s.not(s.lt(x, 1)), (x) => +!(x < 1)],
  "x - x": [(s, x) => s.sub(x, x), (x) => x - x],
  "x / x": [(s, x) => s.div(x, x), (x) => x / x],
  "x * 0": [(s, x) => s.mul(x, 0), (x) => x * ZERO],
  "-0 * x": [(s, x) => s.mul(-0, x), (x) => -ZERO * x],
  "0 / x": [(s, x) => s.div(0, x), (x) => ZERO / x],
  "-0 / x": [(s, x) => s.div(-0, x), (x) => -ZERO / x],
  "x / 0": [(s, x) => s.div(x, 0), (x) => x / ZERO],
  "x / -0": [(s, x) => s.div(x, -0), (x) => x / -ZERO],
  "x / Inf": [(s, x) => s.div(x, Infinity), (x) => x / Infinity],
  "x / -Inf": [(s, x) => s.div(x, -Infinity), (x) => x / -Infinity],
  "Inf / x": [(s, x) => s.div(Infinity, x), (x) => Infinity / x],
  "x * Inf": [(s, x) => s.mul(x, Infinity), (x) => x * Infinity],
  "x + Inf": [(s, x) => s.add(x, Infinity), (x) => x + Infinity],
  "x * NaN": [(s, x) => s.mul(x, NaN), () => NaN],
  "1 / x": [(s, x) => s.div(1, x), (x) => 1 / x],
  "x + -0": [(s, x) => s.add(x, -0), (x) => x + -0],
  "x * -1": [(s, x) => s.mul(x, -1), (x) => x * -1],
  "max(x, 0)": [(s, x) => s.max(x, 0), (x) => Math.max(x, 0)],
  "max(1, x)": [(s, x) => s.max(1, x), (x) => Math.max(x, 1)],
  "min(x, -Inf)": [(s, x) => s.min(x, -Infinity), (x) => Math.min(x, -Infinity)],
  "max(x, NaN)": [(s, x) => s.max(x, NaN), () => NaN],
  "where(0 < x, 1, NaN)": [(s, x) => s.select(s.lt(0, x), 1, NaN), (x) => (x > 0 ? 1 : NaN)],
  "sqrt(-1)": [(s) => s.sqrt(s.literal(-1)), () => NaN],
  "1e38 * 10": [(s) => s.mul(s.literal(1e38), 10), () => Infinity],
  "log(0)": [(s) => s.log(s.literal(0)), () => -Infinity],
  "-NaN": [(s) => s.neg(s.literal(NaN)), () => NaN],
  "exp(log(x * 0))": [(s, x) => s.exp(s.log(s.mul(x, 0))), (x) => Math.exp(Math.log(x * ZERO))],
};
const FOLDED_CASES = Object.entries(FOLDED).map(([name, [build, expected]]): Exact => ({
  name,
  dtype: "float32",
  build: (s, [x]) => build(s, x!),
  expected,
}));

describe.skipIf(!device)("edge values", () => {
  test("rounding, signs and tests are exact", () => expectExact(UNARY, SINGLES));
  test("arithmetic, extremes and comparisons are exact", () => expectExact(BINARY, SPECIAL_PAIRS));
  test("what drivers may fold comes out as IEEE 754 says", () => expectExact(FOLDED_CASES, SINGLES));
});

async function expectExact(
  cases: readonly Exact[],
  pairs: readonly (readonly [number, number])[],
): Promise<void> {
  const operands = [0, 1].map((k) => wordsOf(pairs.map((pair) => pair[k]!)));
  const results = await device!.evaluate(cases, operands);
  const wrong: string[] = [];
  cases.forEach((exact, k) => {
    pairs.forEach(([a, b], i) => {
      const expected = exact.expected(a, b);
      for (const words of [results[k]!.scalar, results[k]!.vector]) {
        const got = isTest(exact.name) ? words[i]! : floatOf(words[i]!);
        if (!isSame(got, expected))
          wrong.push(`${exact.name}: ${show(a)}, ${show(b)} gives ${show(got)}, not ${show(expected)}`);
      }
    });
  });
  expect(wrong).toEqual([]);
}

function isTest(name: string): boolean {
  return /^(eq|lt|le|isNaN|isFinite|not .*|x [=!<]=+ x)$/.test(name);
}

/** Equal with the sign of zero, after rounding; a subnormal may have become 0. */
function isSame(got: number, expected: number): boolean {
  if (Object.is(got, Math.fround(expected))) return true;
  if (Math.abs(expected) > LARGEST) return ulpError(got, expected) === 0;
  const isSubnormal = expected !== 0 && Math.abs(expected) < SMALLEST_NORMAL;
  return isSubnormal ? Math.abs(got) <= SMALLEST_NORMAL : ulpError(got, expected) <= 1 && got !== 0;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
