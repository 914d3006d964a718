/**
 * Horner's scheme as WGSL, lowest coefficient first. The coefficients of this folder are minimax fits
 * of our own (weighted least squares with Lawson's iteration in 40 digits, rounded to float32 from the lowest
 * power up, the rest fitted again after each); the bound beside each is its largest relative error.
 */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [first, ...rest] = coefficients;
  if (rest.length === 0) return constant(first!);
  return `(${constant(first!)} + ${x} * ${polynomial(x, rest)})`;
}

function constant(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}
