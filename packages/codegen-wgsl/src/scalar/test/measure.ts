import { ACCURACY_CASES, type AccuracyCase } from "./accuracy-table.js";
import type { CaseResult, ScalarDevice } from "./evaluate.js";
import { sweep, words } from "./sweep.js";
import { floatOf, ulpError } from "./ulp.js";

export interface Measured {
  readonly scalarCase: AccuracyCase;
  readonly worst: Worst;
  /** Where NaN, an infinity or a zero with its sign is due, and something else came. */
  readonly wrongEdges: readonly string[];
}

interface Worst {
  readonly ulps: number;
  readonly operands: readonly number[];
  readonly got: number;
  readonly expected: number;
}

/** The largest error of each function over `count` operands. */
export async function measureAccuracy(
  device: ScalarDevice,
  count: number,
  cases: readonly AccuracyCase[] = ACCURACY_CASES,
  fastMath = false,
): Promise<Measured[]> {
  const operands = cases.map(({ dense }) => sweep(dense, count));
  const results = await device.evaluate(
    cases.map((scalarCase) => ({ ...scalarCase, dtype: "float32", options: { fastMath } })),
    [0, 1].map((k) => words(joined(operands.map((pair) => pair[k]!)))),
    true,
  );
  return cases.map((scalarCase, k) => ({
    scalarCase,
    ...judge(scalarCase, operands[k]!, results[k]!),
  }));
}

function joined(rows: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, k) => all.set(row, k * row.length));
  return all;
}

function judge(
  scalarCase: AccuracyCase,
  operands: readonly Float32Array[],
  { scalar, vector }: CaseResult,
): { worst: Worst; wrongEdges: string[] } {
  let worst: Worst = { ulps: -1, operands: [], got: 0, expected: 0 };
  const wrongEdges: string[] = [];
  for (let i = 0; i < scalar.length; i++) {
    const at = operands.slice(0, scalarCase.arity).map((values) => values[i]!);
    const expected = scalarCase.expected(at[0]!, at[1] ?? 0);
    for (const word of scalar[i] === vector[i] ? [scalar[i]!] : [scalar[i]!, vector[i]!]) {
      const got = floatOf(word);
      const ulps = ulpError(got, expected);
      if (ulps > worst.ulps) worst = { ulps, operands: at, got, expected };
      if (isEdge(expected, at) && !Object.is(got, expected)) {
        wrongEdges.push(`${at.map(show).join(", ")} gives ${show(got)}, not ${show(expected)}`);
      }
    }
  }
  return { worst, wrongEdges };
}

/** The result is no number that rounding, or flushing a subnormal, could have changed. */
function isEdge(expected: number, at: readonly number[]): boolean {
  if (!Number.isFinite(expected)) return true;
  const [a, b = a] = at;
  return expected === 0 && at.some((x) => x === 0 || !Number.isFinite(x) || Math.abs(a!) === Math.abs(b!));
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
