import { ACCURACY_CASES, type AccuracyCase } from "./accuracy-table.js";
import type { ScalarDevice } from "./evaluate.js";
import { shuffled, sweep, words } from "./sweep.js";
import { floatOf, ulpError } from "./ulp.js";

export interface Measured {
  readonly scalarCase: AccuracyCase;
  readonly worst: Worst;
}

export interface Worst {
  readonly ulps: number;
  readonly operands: readonly number[];
  readonly got: number;
  readonly expected: number;
  /** Lanes of the vector version that differ in bits from the scalar one. */
  readonly differing: number;
}

/** The largest error of each function over `count` operands. */
export async function measureAccuracy(
  device: ScalarDevice,
  count: number,
  cases: readonly AccuracyCase[] = ACCURACY_CASES,
  fastMath = false,
): Promise<Measured[]> {
  const first = cases.map(({ dense }) => sweep(dense, count));
  const second = first.map(shuffled);
  const results = await device.evaluate(
    cases.map((scalarCase) => ({ ...scalarCase, dtype: "float32", options: { fastMath } })),
    [first, second].map((rows) => words(joined(rows))),
    true,
  );
  return cases.map((scalarCase, k) => ({
    scalarCase,
    worst: worstOf(scalarCase, [first[k]!, second[k]!], results[k]!),
  }));
}

function joined(rows: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, k) => all.set(row, k * row.length));
  return all;
}

function worstOf(
  scalarCase: AccuracyCase,
  operands: readonly Float32Array[],
  { scalar, vector }: { scalar: Uint32Array; vector: Uint32Array },
): Worst {
  let worst = { ulps: -1, operands: [] as number[], got: 0, expected: 0 };
  let differing = 0;
  for (let i = 0; i < scalar.length; i++) {
    if (scalar[i] !== vector[i]) differing++;
    const at = operands.slice(0, scalarCase.arity).map((values) => values[i]!);
    const expected = scalarCase.expected(at[0]!, at[1] ?? 0);
    for (const word of [scalar[i]!, vector[i]!]) {
      const got = floatOf(word);
      const ulps = ulpError(got, expected);
      if (ulps > worst.ulps) worst = { ulps, operands: at, got, expected };
    }
  }
  return { ...worst, differing };
}
