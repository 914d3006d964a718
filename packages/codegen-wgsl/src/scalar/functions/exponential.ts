import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** e^r = 1 + r + r² E(r) on |r| <= ln(2)/2 (1 %), to 2^-28. */
const EXP = polynomial("r", [0.5, 1.6666514e-1, 4.1666415e-2, 8.369527e-3, 1.3939629e-3]);
/** The same to 2^-33, for expm1, where the 1 does not hide the rest. */
const EXPM1 = polynomial("r", [0.5, 1.6666667e-1, 4.166645e-2, 8.333199e-3, 1.393627e-3, 1.9952399e-4]);
/** 2^r = 1 + r E(r) on |r| <= 1/2 (1 %), to 2^-28. */
export const EXP2: string = polynomial(
  "r",
  [6.931472e-1, 2.402265e-1, 5.550357e-2, 9.618076e-3, 1.3392388e-3, 1.5457388e-4],
);

/** r = c - n ln 2. Cody and Waite's split as in Cephes' expf: n * 0.693359375 is exact for |n| < 2^14. */
const REDUCE = `
  let n = round(c * 1.44269504);
  let r = ((c - n * 0.693359375) + n * 2.12194440e-4)`;

/**
 * WGSL lets `exp` and `exp2` err by 3 + 2|x| ulp. Reduction to |r| <= ln(2)/2, a polynomial, a scale by bits.
 * Risk: a compiler that reassociates may join the two products of the reduction.
 */
export const EXPONENTIAL: Templates<"exp_product" | "exp" | "exp2" | "expm1"> = {
  // factor e^(c + low) 2^k, for |c| <= 150 and a small `low`. The factor goes in before the sum is rounded.
  exp_product: `
fn @exp_product(factor: F, c: F, low: F, k: I) -> F {${REDUCE} + low;
  return @scale(factor + factor * (r + r * r * ${EXP}), I(n) + k);
}`,
  exp: `
fn @exp(x: F) -> F {
  let y = @exp_product(F(1.0), clamp(x, F(-104.0), F(89.0)), F(0.0), I(0));
  return select(y, x, @is_nan(x));
}`,
  exp2: `
fn @exp2(x: F) -> F {
  let c = clamp(x, F(-151.0), F(129.0));
  let n = round(c);
  let r = c - n;
  return select(@scale(1.0 + r * ${EXP2}, I(n)), x, @is_nan(x));
}`,
  // 2^n (e^r - 1) + (2^n - 1), halved where 2^n itself could overflow.
  expm1: `
fn @expm1(x: F) -> F {
  let c = clamp(x, F(-20.0), F(88.9));${REDUCE};
  let p = r + r * r * ${EXPM1};
  let half = bitcast<F>((I(n) + 126) << U(23u));
  let y = 2.0 * (half * p + (half - 0.5));
  return select(y, x, @is_nan(x) | (abs(x) < F(1e-8)));
}`,
};
