import { numberScalars } from "@weftjs/ir";
import type { WgslExpr, WgslScalars } from "../index.js";

/** A float function with the most it may err by, and where it is swept. */
export interface AccuracyCase {
  readonly name: string;
  readonly arity: 1 | 2;
  /** Units in the last place of float32. */
  readonly bound: number;
  /** The interval swept densely, besides the sweep over all floats. */
  readonly dense: readonly [number, number];
  build(s: WgslScalars, operands: readonly WgslExpr[]): WgslExpr;
  expected(a: number, b: number): number;
}

type UnaryName =
  | "exp" | "exp2" | "expm1" | "log" | "log2" | "log1p" | "sqrt" | "cbrt" | "sin" | "cos" | "tan" | "asin"
  | "acos" | "atan" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh" | "erf" | "erfc" | "erfinv"; // prettier-ignore
type BinaryName = "add" | "sub" | "mul" | "div" | "pow" | "atan2" | "mod";

const reference = numberScalars("float64");

function unary(name: UnaryName, dense: readonly [number, number], bound = 4): AccuracyCase {
  const build = (s: WgslScalars, [x]: readonly WgslExpr[]): WgslExpr => s[name](x!);
  return { name, arity: 1, bound, dense, build, expected: (x) => reference[name](x) };
}

function binary(name: BinaryName, dense: readonly [number, number], bound = 4): AccuracyCase {
  const build = (s: WgslScalars, [a, b]: readonly WgslExpr[]): WgslExpr => s[name](a!, b!);
  return { name, arity: 2, bound, dense, build, expected: (a, b) => reference[name](a, b) };
}

export const ACCURACY_CASES: readonly AccuracyCase[] = [
  unary("exp", [-88, 89]),
  unary("exp2", [-127, 128.5]),
  unary("expm1", [-3, 3]),
  unary("log", [0.25, 4]),
  unary("log2", [0.25, 4]),
  unary("log1p", [-1, 4]),
  unary("sqrt", [0, 4]),
  unary("cbrt", [-8, 8]),
  unary("sin", [-1200, 1200]),
  unary("cos", [-1200, 1200]),
  unary("tan", [-1200, 1200]),
  unary("asin", [-1, 1]),
  unary("acos", [-1, 1]),
  unary("atan", [-4, 4]),
  unary("sinh", [-3, 3]),
  unary("cosh", [-3, 3]),
  unary("tanh", [-10, 10]),
  unary("asinh", [-4, 4]),
  unary("acosh", [1, 4]),
  unary("atanh", [-1, 1]),
  unary("erf", [-4.5, 4.5]),
  unary("erfc", [-4, 10]),
  unary("erfinv", [-1, 1]),
  binary("add", [-4, 4], 0.5),
  binary("sub", [-4, 4], 0.5),
  binary("mul", [-4, 4], 0.5),
  binary("div", [-4, 4], 2.5),
  binary("mod", [-100, 100], 0.5),
  binary("atan2", [-4, 4]),
  binary("pow", [0, 40], 8),
];
