const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

export const SMALLEST_NORMAL: number = 2 ** -126;
export const LARGEST: number = 3.4028234663852886e38;

export function floatOf(word: number): number {
  bits[0] = word;
  return float[0]!;
}

export function wordOf(value: number): number {
  float[0] = value;
  return bits[0]!;
}

/** The distance between neighbouring float32 numbers at `x`; below the normal range, that at its end. */
function ulpAt(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}

/**
 * How far a float32 result lies from the true value, in units of the last place. Below the normal range a
 * result may be flushed to zero; at its upper end Inf counts as the power of two that follows.
 */
export function ulpError(got: number, expected: number): number {
  if (Number.isNaN(got) || Number.isNaN(expected)) return Object.is(got, expected) ? 0 : Infinity;
  if (got === expected) return 0;
  const magnitude = Math.abs(expected);
  if (magnitude < SMALLEST_NORMAL && Math.abs(got) <= SMALLEST_NORMAL) return 0;
  const inRange = Math.max(-(2 ** 128), Math.min(2 ** 128, expected));
  if (inRange === got || (Math.abs(inRange) === 2 ** 128 && got === Math.sign(inRange) * Infinity)) return 0;
  const finite = Number.isFinite(got) ? got : Math.sign(got) * 2 ** 128;
  return Math.abs(finite - inRange) / ulpAt(Math.min(Math.abs(inRange), LARGEST));
}

/** Neither subnormal nor NaN. */
export function isOrdinary(x: number): boolean {
  return x === 0 || Math.abs(x) >= SMALLEST_NORMAL;
}
