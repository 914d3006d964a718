import { isOrdinary, floatOf, LARGEST, SMALLEST_NORMAL, wordOf } from "./ulp.js";

/** Where functions change their branch, their sign or their mind. */
export const SPECIAL_VALUES: readonly number[] = [
  [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 10, 88.7, 89, 100, 8388608, 16777216, 16777217, 2 ** 31, 2 ** 32, 1e19],
  [0.625, 0.9, 0.46875, 0.41421357, 0.70710677, 1.4142135, 0.99999994, 1.0000001, 1.5707964, 3.1415927],
  [SMALLEST_NORMAL, LARGEST, 1e-30, 1e-8, 1e-4, 1e30, Infinity],
].flatMap((row) => row.flatMap((x) => [x, -x]));

/** Those, rounded, with NaN and some numbers between integers, each beside each. */
export const SPECIAL_PAIRS: readonly (readonly [number, number])[] = [
  SPECIAL_VALUES,
  [NaN, -0.3, -1.5, -2.5, 1234.5, 4503599.5],
]
  .flat()
  .map(Math.fround)
  .flatMap((a, _, all) => all.map((b) => [a, b] as const));

/** Two operands: the special pairs, then all exponents and one interval densely, without NaN or subnormals. */
export function sweep(
  dense: readonly [number, number],
  count: number,
): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const first = new Float32Array(count);
  const second = new Float32Array(count);
  SPECIAL_PAIRS.forEach(([a, b], i) => {
    first[i] = a;
    second[i] = b;
  });
  const rest = count - SPECIAL_PAIRS.length;
  for (let i = 0; i < rest; i++) {
    first[SPECIAL_PAIRS.length + i] = sweptValue(i, rest, dense);
    // A stride without a common divisor with the (even) number of values visits each once.
    second[SPECIAL_PAIRS.length + i] = sweptValue((i * 7919 + 13) % rest, rest, dense);
  }
  return [first, second];
}

function sweptValue(i: number, count: number, [low, high]: readonly [number, number]): number {
  const anywhere = floatOf(Math.floor(4294967291 * (i / count)));
  const near = low + (high - low) * ((i * 0.6180339887498949) % 1);
  const x = Math.fround(i % 2 === 0 && !Number.isNaN(anywhere) ? anywhere : near);
  return isOrdinary(x) ? x : 0;
}

export function words(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(values.buffer);
}

export function wordsOf(values: readonly number[]): Uint32Array<ArrayBuffer> {
  const padded = new Uint32Array(Math.ceil(values.length / 4) * 4);
  padded.set(values.map(wordOf));
  return padded;
}
