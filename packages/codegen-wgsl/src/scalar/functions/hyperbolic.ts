import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** tanh x = x + x z T(z) for |x| <= 0.625, z = x², to 2^-28. */
const TANH = polynomial("z", [-3.3333284e-1, 1.3331483e-1, -5.3742785e-2, 2.0648148e-2, -5.7142177e-3]);
/** sinh x = x + x z S(z) for |x| <= 1, to 2^-31. */
const SINH = polynomial("z", [1.6666667e-1, 8.333311e-3, 1.984263e-4, 2.783979e-6]);
/** atanh x = x + x z A(z) for |x| <= 1/2, to 2^-29. */
const ATANH = polynomial(
  "z",
  [3.33333e-1, 2.000261e-1, 1.4220998e-1, 1.18385226e-1, 5.079751e-2, 1.7747979e-1],
);

/**
 * WGSL makes these of `exp` and `log`: wrong near 0, NaN where exp overflows (tanh(88.8) on a real driver).
 * The split points of tanh and sinh are those of Cephes.
 */
export const HYPERBOLIC: Templates<"tanh" | "sinh" | "cosh" | "asinh" | "acosh" | "atanh"> = {
  tanh: `
fn @tanh(x: F) -> F {
  let a = abs(x);
  let z = x * x;
  let near = x + x * (z * ${TANH});
  let far = 1.0 - 2.0 / (@exp_product(F(1.0), min(a + a, F(20.0)), F(0.0), I(0)) + 1.0);
  let y = @copysign(select(far, near, a < F(0.625)), x);
  return select(y, x, @is_nan(x) | (a < F(1e-4)));
}`,
  // e^|x| is halved inside, where it cannot overflow before the result does.
  sinh: `
fn @sinh(x: F) -> F {
  let a = abs(x);
  let z = x * x;
  let near = x + x * (z * ${SINH});
  let half = @exp_product(F(1.0), min(a, F(90.0)), F(0.0), I(-1));
  let y = @copysign(select(half - 0.25 / half, near, a < F(1.0)), x);
  return select(y, x, @is_nan(x) | (a < F(1e-4)));
}`,
  cosh: `
fn @cosh(x: F) -> F {
  let half = @exp_product(F(1.0), min(abs(x), F(90.0)), F(0.0), I(-1));
  return select(half + 0.25 / half, x, @is_nan(x));
}`,
  // log1p of what exceeds 1, so that nothing cancels near 0; from 2^28 on it is log(2x).
  asinh: `
fn @asinh(x: F) -> F {
  let a = abs(x);
  let isBig = a > F(268435456.0);
  let c = min(a, F(268435456.0));
  let z = c * c;
  let excess = c + z / (1.0 + sqrt(1.0 + z));
  let y = @log1p(select(excess, a, isBig)) + select(F(0.0), F(0.693147182), isBig);
  return select(@copysign(y, x), x, @is_nan(x) | (a < F(1e-4)));
}`,
  acosh: `
fn @acosh(x: F) -> F {
  let isBig = x > F(268435456.0);
  let t = min(x, F(268435456.0)) - 1.0;
  let excess = t + sqrt(t * (t + 2.0));
  let y = @log1p(select(excess, x, isBig)) + select(F(0.0), F(0.693147182), isBig);
  return select(select(@nan(), y, x >= F(1.0)), x, @is_nan(x));
}`,
  atanh: `
fn @atanh(x: F) -> F {
  let a = abs(x);
  let z = a * a;
  let near = a + a * (z * ${ATANH});
  let far = 0.5 * @log1p(2.0 * a / (1.0 - min(a, F(0.99999994))));
  let edge = select(select(far, near, a < F(0.5)), @infinity(), a == F(1.0));
  let isDefined = @magnitude_bits(x) <= U(0x3f800000u);
  return select(@nan(), select(@copysign(edge, x), x, a < F(1e-4)), isDefined);
}`,
};
