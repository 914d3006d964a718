import { isOrdinary, floatOf, LARGEST, SMALLEST_NORMAL, wordOf } from "./ulp.js";

/** Where functions change their branch, their sign or their mind. */
export const SPECIAL_VALUES: readonly number[] = [
  [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 10, 88.7, 89, 100, 8388608, 16777216, 16777217, 2 ** 31, 2 ** 32, 1e19],
  [0.625, 0.9, 0.46875, 0.41421357, 0.70710677, 1.4142135, 0.99999994, 1.0000001, 1.5707964, 3.1415927],
  [SMALLEST_NORMAL, LARGEST, 1e-30, 1e-8, 1e-4, 1e30, Infinity],
].flatMap((row) => row.flatMap((x) => [x, -x]));

/** All exponents, and one interval densely; no NaN, no subnormal. */
export function sweep([low, high]: readonly [number, number], count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  values.set(SPECIAL_VALUES);
  const step = 4294967291 / (count / 2);
  for (let i = SPECIAL_VALUES.length; i < count; i++) {
    const everywhere = floatOf(Math.floor((i / 2) * step));
    const near = low + (high - low) * ((i * 0.6180339887498949) % 1);
    const x = i % 2 === 0 && !Number.isNaN(everywhere) ? everywhere : near;
    values[i] = isOrdinary(Math.fround(x)) ? x : 0;
  }
  return values;
}

/** A second operand: the same kind of values in another order. */
export function shuffled(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const count = values.length;
  // A stride without a common divisor with the (even) count visits each value once.
  return values.map((_, i) => values[(i * 7919 + 13) % count]!);
}

export function words(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(values.buffer);
}

export function wordsOf(values: readonly number[]): Uint32Array<ArrayBuffer> {
  const padded = new Uint32Array(Math.ceil(values.length / 4) * 4);
  padded.set(values.map(wordOf));
  return padded;
}
