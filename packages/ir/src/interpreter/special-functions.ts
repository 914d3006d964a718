// What Math lacks, to about one unit in the last place of a float64.

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

export function erf(x: number): number {
  if (Math.abs(x) < 1) return erfNearZero(x);
  return Math.sign(x) * (1 - erfcTail(Math.abs(x)));
}

export function erfc(x: number): number {
  if (x <= -1) return 2 - erfcTail(-x);
  return x < 1 ? 1 - erfNearZero(x) : erfcTail(x);
}

/**
 * Halley's method on erf, or on erfc where that has more digits.
 * First guess: Winitzki, "A handy approximation for the error function and its inverse", 2008.
 */
export function erfinv(x: number): number {
  const target = Math.abs(x);
  if (target === 0) return x;
  if (target >= 1) return target === 1 ? x * Infinity : NaN;

  const logarithm = Math.log((1 - target) * (1 + target));
  const middle = 2 / (Math.PI * 0.147) + logarithm / 2;
  let y = Math.sqrt(Math.sqrt(middle * middle - logarithm / 0.147) - middle);
  for (let step = 0; step < 3; step++) {
    const error = target < 0.5 ? erf(y) - target : 1 - target - erfc(y);
    const newton = error / (TWO_OVER_ROOT_PI * expOfMinusSquare(y));
    y -= newton / (1 + y * newton);
  }
  return Math.sign(x) * y;
}

/** DLMF 7.6.2: all terms have one sign, so nothing cancels. For |x| < 1. */
function erfNearZero(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * expOfMinusSquare(x) * sum;
}

/** The continued fraction DLMF 7.9.1, from its end; it needs the fewer terms the larger `x`. For x ≥ 1. */
function erfcTail(x: number): number {
  let denominator = x;
  for (let n = Math.ceil(20 + 180 / (x * x)); n >= 1; n--) denominator = x + n / 2 / denominator;
  return expOfMinusSquare(x) / (Math.sqrt(Math.PI) * denominator);
}

/** The square of a number of 24 bits is exact; squared whole, `x` would lose digits that exp multiplies by x². */
function expOfMinusSquare(x: number): number {
  if (Math.abs(x) > 30) return 0;
  const high = Math.fround(x);
  return Math.exp(-high * high) * Math.exp((high - x) * (high + x));
}

/** IEEE 754 pow. JavaScript's `**` gives NaN for 1 to any power that is not finite, and for (-1) to ±∞. */
export function pow(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

/** Halves go to the even neighbour; the sign of a zero is kept. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : Math.ceil(x);
}

/** The remainder with the divisor's sign, of a zero too. */
export function floorMod(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return remainder < 0 === b < 0 ? remainder : remainder + b;
}
