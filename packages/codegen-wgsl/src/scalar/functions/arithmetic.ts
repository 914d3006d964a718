import type { Templates } from "./template.js";

/** Comparisons, extremes, rounding, casts and the remainder, with the edges that WGSL leaves open. */
export const ARITHMETIC: Templates<
  | "ordered"
  | "eq"
  | "lt"
  | "le"
  | "max"
  | "min"
  | "positive_part"
  | "max_number"
  | "min_number"
  | "sign"
  | "ceil"
  | "floor"
  | "round"
  | "trunc"
  | "zero_like"
  | "zero_over"
  | "over_zero"
  | "difference_with_itself"
  | "quotient_with_itself"
  | "runtime_int"
  | "runtime_uint"
  | "to_int"
  | "to_uint"
  | "mod_int"
  | "mod_uint"
  | "pow_uint"
  | "pow_int"
  | "mod"
> = {
  ordered: `
fn @ordered(a: F, b: F) -> B {
  return max(@magnitude_bits(a), @magnitude_bits(b)) <= U(0x7f800000u);
}`,
  eq: `fn @eq(a: F, b: F) -> B { return (a == b) & @ordered(a, b); }`,
  lt: `fn @lt(a: F, b: F) -> B { return (a < b) & @ordered(a, b); }`,
  le: `fn @le(a: F, b: F) -> B { return (a <= b) & @ordered(a, b); }`,

  // NaN wins, and the greater of two zeros is +0.
  max: `
fn @max(a: F, b: F) -> F {
  let ofEqual = bitcast<F>(bitcast<U>(a) & bitcast<U>(b));
  let ordinary = select(max(a, b), ofEqual, a == b);
  return select(select(ordinary, b, @is_nan(b)), a, @is_nan(a));
}`,
  min: `
fn @min(a: F, b: F) -> F {
  let ofEqual = bitcast<F>(bitcast<U>(a) | bitcast<U>(b));
  let ordinary = select(min(a, b), ofEqual, a == b);
  return select(select(ordinary, b, @is_nan(b)), a, @is_nan(a));
}`,
  // max(x, 0) by bits: whatever has the sign bit, -0 and -Inf too but no NaN, becomes 0.
  positive_part: `
fn @positive_part(x: F) -> F {
  return select(x, F(0.0), bitcast<U>(x) - U(0x80000000u) <= U(0x7f800000u));
}`,
  // The second operand is known to be a number.
  max_number: `fn @max_number(a: F, b: F) -> F { return select(max(a, b), a, @is_nan(a)); }`,
  min_number: `fn @min_number(a: F, b: F) -> F { return select(min(a, b), a, @is_nan(a)); }`,

  // Zeros and NaN come back as they are.
  sign: `
fn @sign(x: F) -> F {
  let isOrdinary = @magnitude_bits(x) - U(1u) < U(0x7f800000u);
  return select(x, @copysign(F(1.0), x), isOrdinary);
}`,
  // What rounds to zero keeps its sign.
  ceil: `fn @ceil(x: F) -> F { return @copysign(ceil(x), x); }`,
  floor: `fn @floor(x: F) -> F { return @copysign(floor(x), x); }`,
  round: `fn @round(x: F) -> F { return @copysign(round(x), x); }`,
  trunc: `fn @trunc(x: F) -> F { return @copysign(trunc(x), x); }`,

  // x * 0, 0 / x, x / 0, x - x and x / x: drivers fold them to constants, which lose NaN, Inf and the sign.
  zero_like: `
fn @zero_like(x: F) -> F {
  return select(@nan(), @copysign(F(0.0), x), @is_finite(x));
}`,
  zero_over: `
fn @zero_over(x: F) -> F {
  return select(@nan(), @copysign(F(0.0), x), @is_number(x) & @is_nonzero(x));
}`,
  over_zero: `
fn @over_zero(x: F) -> F {
  return select(@nan(), @copysign(@infinity(), x), @is_number(x) & @is_nonzero(x));
}`,
  difference_with_itself: `
fn @difference_with_itself(x: F) -> F { return select(@nan(), F(0.0), @is_finite(x)); }`,
  quotient_with_itself: `
fn @quotient_with_itself(x: F) -> F {
  return select(@nan(), F(1.0), @is_finite(x) & @is_nonzero(x));
}`,

  // What WGSL must not fold: an overflow in a constant expression is a compile error.
  runtime_int: `fn @runtime_int(x: I) -> I { return x; }`,
  runtime_uint: `fn @runtime_uint(x: U) -> U { return x; }`,

  // Saturating, NaN to 0. The largest float below 2^31 is 2147483520.
  to_int: `
fn @to_int(x: F) -> I {
  let inside = I(clamp(x, F(-2147483648.0), F(2147483520.0)));
  return select(select(inside, I(2147483647), x >= F(2147483648.0)), I(0), @is_nan(x));
}`,
  to_uint: `
fn @to_uint(x: F) -> U {
  let inside = U(clamp(x, F(0.0), F(4294967040.0)));
  return select(select(inside, U(4294967295u), x >= F(4294967296.0)), U(0u), @is_nan(x));
}`,

  // The remainder has the sign of the divisor; by 0 it is 0.
  mod_int: `
fn @mod_int(a: I, b: I) -> I {
  let r = a % b;
  let result = select(r, r + b, (r != I(0)) & ((r ^ b) < I(0)));
  return select(result, I(0), b == I(0));
}`,
  mod_uint: `fn @mod_uint(a: U, b: U) -> U { return select(a % max(b, U(1u)), U(0u), b == U(0u)); }`,

  // By squaring, modulo 2^32. A negative exponent gives the quotient cut towards zero, and 0 for base 0.
  pow_uint: `
fn @pow_uint(a: U, b: U) -> U {
  var result = U(1u);
  var square = a;
  var rest = b;
  for (var step = 0; step < 32 && any(rest != U(0u)); step++) {
    result *= select(U(1u), square, (rest & U(1u)) != U(0u));
    square *= square;
    rest >>= U(1u);
  }
  return result;
}`,
  pow_int: `
fn @pow_int(a: I, b: I) -> I {
  let isUnit = abs(a) == I(1);
  let quotient = select(I(0), select(I(1), a, (b & I(1)) != I(0)), isUnit);
  return select(bitcast<I>(@pow_uint(bitcast<U>(a), bitcast<U>(b))), quotient, b < I(0));
}`,

  // NumPy's mod. Long division of the significands in base 256: exact, where a - floor(a / b) * b is off by
  // the rounding error of a. One step for each 8 bits of difference between the exponents.
  mod: `
fn @mod(a: F, b: F) -> F {
  let aBits = @magnitude_bits(a);
  let bBits = @magnitude_bits(b);
  let aExponent = max(aBits >> U(23u), U(1u));
  let bExponent = max(bBits >> U(23u), U(1u));
  let aSignificand = (aBits & U(0x7fffffu)) | select(U(0u), U(0x800000u), aBits >= U(0x800000u));
  let bSignificand = (bBits & U(0x7fffffu)) | select(U(0u), U(0x800000u), bBits >= U(0x800000u));
  let divisor = max(bSignificand, U(1u));
  var r = aSignificand % divisor;
  var left = I(aExponent) - I(bExponent);
  for (var step = 0; step < 32 && any(left > I(0)); step++) {
    let shift = clamp(left, I(0), I(8));
    r = (r << U(shift)) % divisor;
    left -= shift;
  }
  // Where the signs differ, the result is what is missing to the divisor.
  let signsDiffer = ((bitcast<U>(a) ^ bitcast<U>(b)) >> U(31u)) != U(0u);
  let inUnits = select(r, divisor - r, signsDiffer & (r != U(0u)));
  let below = select(abs(a), abs(b) - abs(a), signsDiffer & (aBits != U(0u)));
  let magnitude = select(@scale(F(inUnits), I(bExponent) - 150), below, aBits < bBits);
  let result = @copysign(magnitude, b);
  let isDefined = @is_finite(a) & @is_number(b) & @is_nonzero(b);
  return select(@nan(), result, isDefined);
}`,
};
