import { EXP2 } from "./exponential.js";
import { SPLIT_EXPONENT } from "./logarithm.js";
import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** log2(m) = (2/ln 2) s + s³ P(s²) with s = (m - 1)/(m + 1), m between sqrt(1/2) and sqrt(2), to 2^-35. */
const POW = polynomial("z", [9.617967e-1, 5.770789e-1, 4.119218e-1, 3.3661053e-1]);
/** 2/ln 2 as 12 bits and the rest. */
const HEAD = 2.884765625;
const TAIL = 6.2445676e-4;

/**
 * WGSL's `pow` is exp2(y * log2(x)): its error grows with the exponent, and it takes no negative base. As in
 * fdlibm's e_powf.c, log2 |x| is carried as head and tail, all heads have 12 bits, and every product of heads
 * is exact.
 */
export const POWER: Templates<"pow_positive" | "pow" | "cbrt"> = {
  pow_positive: `
fn @pow_positive(a: F, y: F) -> F {${SPLIT_EXPONENT("a")}
  let d = m + 1.0;
  let dHead = @head(d);
  let dTail = m - (dHead - 1.0);
  let s = (m - 1.0) / d;
  let sHead = @head(s);
  let sTail = (((m - 1.0) - sHead * dHead) - sHead * dTail) / d;
  let z = s * s;
  let p = sHead * ${HEAD};
  let tail = sHead * ${TAIL} + (sTail * 2.88539008 + s * z * ${POW});
  let high = @head(e + p);
  let low = ((e - high) + p) + tail;

  let yHead = @head(y);
  let productHead = yHead * high;
  let productTail = (y - yHead) * high + y * low;
  let product = productHead + productTail;
  let isInside = abs(product) < F(200.0);
  let n = round(clamp(product, F(-200.0), F(200.0)));
  let r = select(F(0.0), (productHead - n) + productTail, isInside);
  return @scale(1.0 + r * ${EXP2}, I(n));
}`,
  // The special cases of IEEE 754, section 9.2.1.
  pow: `
fn @pow(x: F, y: F) -> F {
  let a = abs(x);
  let isInteger = trunc(y) == y;
  let isOdd = isInteger & (abs(y) < F(16777216.0)) & ((I(y) & I(1)) != I(0));
  let xBits = @magnitude_bits(x);
  let yBits = @magnitude_bits(y);
  let atLimit = (xBits == U(0u)) | (xBits == U(0x7f800000u)) | (yBits == U(0x7f800000u));
  let limit = select(F(0.0), @infinity(), (a > F(1.0)) == (y > F(0.0)));
  let magnitude = select(@pow_positive(a, y), limit, atLimit);
  let isNegative = (bitcast<U>(x) >> U(31u)) != U(0u);
  let signed = select(magnitude, -magnitude, isNegative & isOdd);
  let isUndefined = isNegative & !isInteger & (xBits != U(0u)) & (xBits != U(0x7f800000u));
  let isNaN = isUndefined | (max(xBits, yBits) > U(0x7f800000u));
  let isOne = (yBits == U(0u)) | (bitcast<U>(x) == U(0x3f800000u))
    | ((xBits == U(0x3f800000u)) & (yBits == U(0x7f800000u)));
  return select(select(signed, @nan(), isNaN), F(1.0), isOne);
}`,
  // A third of the bits is an estimate to 3 %; two steps of Halley's method triple its digits each.
  cbrt: `
fn @cbrt(x: F) -> F {
  // Into the range where neither a square nor three times the number leaves float32.
  let isSmall = abs(x) < F(1e-30);
  let isBig = abs(x) > F(1e30);
  let a = abs(x) * select(select(F(1.0), F(16777216.0), isSmall), F(5.9604645e-8), isBig);
  var t = bitcast<F>(U(F(bitcast<U>(a)) * 0.33333333) + 709958130u);
  for (var step = 0; step < 2; step++) {
    let cube = t * t * t;
    t = t - t * ((cube - a) / (2.0 * cube + a));
  }
  let y = @copysign(t * select(select(F(1.0), F(0.00390625), isSmall), F(256.0), isBig), x);
  return select(x, y, @is_finite(x) & @is_nonzero(x));
}`,
};
