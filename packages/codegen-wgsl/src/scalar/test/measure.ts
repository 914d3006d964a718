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
  const measured: Measured[] = [];
  for (const scalarCase of cases) {
    const first = sweep(scalarCase.dense, count);
    const operands = scalarCase.arity === 1 ? [first] : [first, shuffled(first)];
    const [result] = await device.evaluate(
      [{ ...scalarCase, dtype: "float32", options: { fastMath } }],
      operands.map(words),
    );
    measured.push({ scalarCase, worst: worstOf(scalarCase, operands, result!) });
  }
  return measured;
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
    const at = operands.map((values) => values[i]!);
    const expected = scalarCase.expected(at[0]!, at[1] ?? 0);
    for (const word of [scalar[i]!, vector[i]!]) {
      const got = floatOf(word);
      const ulps = ulpError(got, expected);
      if (ulps > worst.ulps) worst = { ulps, operands: at, got, expected };
    }
  }
  return { ...worst, differing };
}
