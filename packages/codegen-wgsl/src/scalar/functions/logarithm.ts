import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** ln(1 + f) = f - f²/2 + f³ L(f) for sqrt(1/2) <= 1 + f <= sqrt(2), to 2^-30. */
const LOG = polynomial(
  "f",
  [
    3.3333313e-1, -2.5000012e-1, 2.0002075e-1, -1.6667853e-1, 1.422019e-1, -1.2408218e-1, 1.1886591e-1,
    -1.16606265e-1, 6.732016e-2,
  ],
);

/** x = 2^e m with sqrt(1/2) <= m < sqrt(2), by bits; subnormals where they arrive are scaled up first. */
export const SPLIT_EXPONENT = (x: string): string => `
  let isSmall = ${x} < F(1.17549435e-38);
  let bits = bitcast<I>(select(${x}, ${x} * 16777216.0, isSmall));
  let exponent = (bits - I(0x3f3504f3)) >> U(23u);
  let m = bitcast<F>(bits - (exponent << U(23u)));
  let e = F(exponent) - select(F(0.0), F(24.0), isSmall);`;

/** n ln 2 + ln(1 + f), the small parts first; ln 2 in two parts, as in Cephes' logf. */
const SUM = "n * 0.693359375 + (f + (f * f * (f * LOG - 0.5) - n * 2.12194440e-4))".replace("LOG", LOG);

/** WGSL bounds `log` by 2^-21 absolute near 1, which is no bound on the relative error there. */
export const LOGARITHM: Templates<"log_edges" | "log" | "log2" | "log1p"> = {
  // Zeros give -Inf, negative numbers NaN; NaN and +Inf stay.
  log_edges: `
fn @log_edges(x: F, y: F) -> F {
  let bits = bitcast<U>(x);
  let positive = select(y, x, bits >= U(0x7f800000u));
  let signed = select(positive, @nan(), bits > U(0x80000000u));
  return select(signed, -@infinity(), (bits << U(1u)) == U(0u));
}`,
  log: `
fn @log(x: F) -> F {${SPLIT_EXPONENT("x")}
  let f = m - 1.0;
  let n = e;
  return @log_edges(x, ${SUM});
}`,
  log2: `
fn @log2(x: F) -> F {${SPLIT_EXPONENT("x")}
  let f = m - 1.0;
  let rest = f * f * (f * ${LOG} - 0.5);
  let y = e + (f + (rest + 0.44269504 * (f + rest)));
  return @log_edges(x, y);
}`,
  // Where 1 + x lies between sqrt(1/2) and sqrt(2), f is x itself. Outside, the rounding error of 1 + x is
  // less than 1.5 ulp of the result.
  log1p: `
fn @log1p(x: F) -> F {
  let sum = 1.0 + x;${SPLIT_EXPONENT("sum")}
  let isNear = (x > F(-0.29289)) & (x < F(0.41421));
  let f = select(m - 1.0, x, isNear);
  let n = select(e, F(0.0), isNear);
  let y = @log_edges(sum, ${SUM});
  return select(y, x, abs(x) < F(1e-8));
}`,
};
