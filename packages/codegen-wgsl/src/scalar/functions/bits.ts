import type { Templates } from "./template.js";

/**
 * Tests and signs by bits. WGSL implementations may assume that NaN and Inf never occur: `x != x` folds to
 * false on real drivers, and comparisons may be inverted. Integer operations on the bits are never folded.
 */
export const BITS: Templates<
  | "from_bits"
  | "magnitude_bits"
  | "is_nan"
  | "is_number"
  | "is_finite"
  | "is_nonzero"
  | "nan"
  | "infinity"
  | "copysign"
  | "unrelated"
  | "head"
  | "scale"
> = {
  from_bits: `fn @from_bits(bits: U) -> F { return bitcast<F>(bits); }`,
  magnitude_bits: `fn @magnitude_bits(x: F) -> U { return bitcast<U>(x) & U(0x7fffffffu); }`,
  is_nan: `fn @is_nan(x: F) -> B { return @magnitude_bits(x) > U(0x7f800000u); }`,
  is_number: `fn @is_number(x: F) -> B { return @magnitude_bits(x) <= U(0x7f800000u); }`,
  is_finite: `fn @is_finite(x: F) -> B { return @magnitude_bits(x) < U(0x7f800000u); }`,
  is_nonzero: `fn @is_nonzero(x: F) -> B { return @magnitude_bits(x) != U(0u); }`,
  nan: `fn @nan() -> F { return @from_bits(U(0x7fc00000u)); }`,
  infinity: `fn @infinity() -> F { return @from_bits(U(0x7f800000u)); }`,
  // x, which no compiler of SPIR-V recognises: they fold (x * y) / y and (x / y) * y to x, though y may be 0.
  unrelated: `fn @unrelated(x: F) -> F { return bitcast<F>(max(bitcast<U>(x), U(0u))); }`,
  copysign: `
fn @copysign(magnitude: F, sign: F) -> F {
  return bitcast<F>(@magnitude_bits(magnitude) | (bitcast<U>(sign) & U(0x80000000u)));
}`,
  // The leading 12 bits: the product of two such heads is exact, fused or not. A bit mask is the one way to
  // split that a compiler cannot simplify away.
  head: `fn @head(x: F) -> F { return bitcast<F>(bitcast<U>(x) & U(0xfffff000u)); }`,
  // x * 2^n for -252 <= n <= 254, in two factors so that neither overflows; underflow may flush to zero.
  scale: `
fn @scale(x: F, n: I) -> F {
  let half = n >> U(1u);
  return x * bitcast<F>((half + 127) << U(23u)) * bitcast<F>((n - half + 127) << U(23u));
}`,
};
