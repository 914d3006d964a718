import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** atan t = t + t z A(z) for |t| <= 1, z = t², to 2^-28.7. */
const ATAN = polynomial(
  "z",
  [
    -3.3333302e-1, 1.9998628e-1, -1.4265126e-1, 1.0956933e-1, -8.417543e-2, 5.8201257e-2, -3.1422142e-2,
    1.1046255e-2, -1.823116e-3,
  ],
);
/** asin s = s + s z A(z) for z = s² <= 1/4, to 2^-31. */
const ASIN = polynomial(
  "z",
  [1.666666e-1, 7.5005196e-2, 4.4514116e-2, 3.1830855e-2, 1.4352342e-2, 3.7636645e-2],
);

/** WGSL lets `atan` and `atan2` err by 4096 ulp, `asin` and `acos` by 2^-14. Identities as in Cephes. */
export const INVERSE_TRIGONOMETRIC: Templates<
  "atan_unit" | "atan" | "atan2" | "asin_parts_type" | "asin_parts" | "asin" | "acos"
> = {
  atan_unit: `
fn @atan_unit(t: F) -> F {
  let z = t * t;
  return t + t * (z * ${ATAN});
}`,
  // atan(1/t) = pi/2 - atan(t), pi/2 in two parts.
  atan: `
fn @atan(x: F) -> F {
  let a = abs(x);
  let isInverted = a > F(1.0);
  let y = @atan_unit(select(a, 1.0 / max(a, F(1.0)), isInverted));
  let result = @copysign(select(y, 1.57079637 - (y + 4.37113883e-8), isInverted), x);
  return select(result, x, @is_nan(x));
}`,
  // The quotient is kept in [0, 1], both sides scaled out of the range where division loses its accuracy.
  atan2: `
fn @atan2(y: F, x: F) -> F {
  let ax = abs(x);
  let ay = abs(y);
  let high = max(ax, ay);
  let low = min(ax, ay);
  let factor = select(select(F(1.0), F(5.421010862427522e-20), high > F(1e19)), F(1.8446744073709552e19),
    high < F(1e-19));
  let quotient = (low * factor) / (high * factor);
  let bothInfinite = @magnitude_bits(low) == U(0x7f800000u);
  let oneInfinite = @magnitude_bits(high) == U(0x7f800000u);
  let bothZero = @magnitude_bits(high) == U(0u);
  let limit = select(F(0.0), F(1.0), bothInfinite);
  let angle = @atan_unit(select(quotient, limit, oneInfinite | bothZero));
  let first = select(angle, 1.57079637 - (angle + 4.37113883e-8), ay > ax);
  let isLeft = (bitcast<U>(x) >> U(31u)) != U(0u);
  let result = @copysign(select(first, 3.14159274 - (first + 8.74227766e-8), isLeft), y);
  return select(@nan(), result, @ordered(x, y));
}`,
  // For s > 1/2, asin s = pi/2 - 2 asin sqrt((1 - s)/2); the subtraction from 1 is exact.
  asin_parts_type: `struct @asin_parts_type { y: F, isHigh: B }`,
  asin_parts: `
fn @asin_parts(a: F) -> @asin_parts_type {
  let isHigh = a > F(0.5);
  let half = 0.5 * max(1.0 - a, F(0.0));
  let z = select(a * a, half, isHigh);
  let s = select(a, sqrt(half), isHigh);
  return @asin_parts_type(s + s * (z * ${ASIN}), isHigh);
}`,
  asin: `
fn @asin(x: F) -> F {
  let parts = @asin_parts(abs(x));
  let y = select(parts.y, 1.57079637 - (2.0 * parts.y + 4.37113883e-8), parts.isHigh);
  let isDefined = @magnitude_bits(x) <= U(0x3f800000u);
  return select(@nan(), @copysign(y, x), isDefined);
}`,
  acos: `
fn @acos(x: F) -> F {
  let parts = @asin_parts(abs(x));
  let isLeft = x < F(0.0);
  let high = select(2.0 * parts.y, 3.14159274 - (2.0 * parts.y + 8.74227766e-8), isLeft);
  let low = 1.57079637 - (@copysign(parts.y, x) + 4.37113883e-8);
  let isDefined = @magnitude_bits(x) <= U(0x3f800000u);
  return select(@nan(), select(low, high, parts.isHigh), isDefined);
}`,
};
