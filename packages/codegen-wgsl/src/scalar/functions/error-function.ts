import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** erf x = x + x E(z) for |x| <= 0.9, z = x², to 2^-30. */
const ERF_NEAR = polynomial(
  "z",
  [1.2837917e-1, -3.7612632e-1, 1.12836815e-1, -2.6859023e-2, 5.200722e-3, -8.1441575e-4, 8.3922605e-5],
);
/** -ln erfc(a) for 0.9 <= a <= 4: 1 - e^-E(a) errs by 2^-29. */
const ERF_FAR = polynomial(
  "c",
  [1.704761e-4, 1.1277789, 6.3700986e-1, 1.0408156e-1, -2.2298578e-2, 3.0610408e-3, -1.9773953e-4],
);
/** e^(a²) erfc(a) (1 + 2a) in q = (a - 2)/(a + 2), for 0.45 <= a <= 10.1, to 2^-27. */
const ERFCX = polynomial(
  "q",
  [
    1.2769784, -9.276381e-2, -1.660305e-1, 1.6404994e-1, -5.42132e-2, -8.015537e-3, 8.661507e-3, 1.1796815e-3,
    -1.2630268e-3, -2.6497353e-4,
  ],
);
/** erfinv(x)/x in w - 2.5, w = -ln(1 - x²) <= 5, to 2^-24.5; in sqrt(w) - 3 above, to 2^-23.4. */
const ERFINV_CENTRE = polynomial(
  "c",
  [
    1.5014094, 2.4664028e-1, -4.1776416e-3, -1.2527516e-3, 2.1854251e-4, -4.945257e-6, -3.5127096e-6,
    4.6026526e-7, 2.7202567e-8, -8.258998e-9,
  ],
);
const ERFINV_TAIL = polynomial(
  "t",
  [
    2.832977, 1.0016752, 9.436921e-3, -7.632404e-3, 5.7522273e-3, -3.6464843e-3, 1.3169083e-3, 7.78705e-5,
    -1.7333459e-4,
  ],
);

/** WGSL has none of these. */
export const ERROR_FUNCTION: Templates<"erf_near" | "erf" | "erfc" | "erfinv"> = {
  erf_near: `
fn @erf_near(x: F) -> F {
  let z = x * x;
  return x + x * ${ERF_NEAR};
}`,
  erf: `
fn @erf(x: F) -> F {
  let c = min(abs(x), F(4.0));
  let far = 1.0 - @exp_product(F(1.0), -${ERF_FAR}, F(0.0), I(0));
  let y = select(@copysign(far, x), @erf_near(x), c < F(0.9));
  // Near 0 the sum's smaller part would be flushed.
  return select(select(y, x * 1.1283792, c < F(1e-4)), x, @is_nan(x));
}`,
  // e^(-a²) needs a² to more than 24 bits: a = h + rest, h² exact, the remainder passed beside it.
  erfc: `
fn @erfc(x: F) -> F {
  let c = min(abs(x), F(10.5));
  let h = @head(c);
  let q = (c - 2.0) / (c + 2.0);
  let factor = ${ERFCX} / (1.0 + 2.0 * c);
  let tail = @exp_product(factor, -(h * h), -((c - h) * (c + h)), I(0));
  let far = select(tail, 2.0 - tail, x < F(0.0));
  let y = select(far, 1.0 - @erf_near(x), c < F(0.46875));
  return select(y, x, @is_nan(x));
}`,
  // The two regions of M. Giles, "Approximating the erfinv function" (GPU Computing Gems, 2011).
  erfinv: `
fn @erfinv(x: F) -> F {
  let a = abs(x);
  let w = -@log((1.0 - a) * (1.0 + a));
  let c = w - 2.5;
  let t = sqrt(max(w, F(5.0))) - 3.0;
  let y = x * select(${ERFINV_CENTRE}, ${ERFINV_TAIL}, w > F(5.0));
  let edge = select(y, @copysign(@infinity(), x), a == F(1.0));
  let isDefined = @magnitude_bits(x) <= U(0x3f800000u);
  return select(@nan(), edge, isDefined);
}`,
};
