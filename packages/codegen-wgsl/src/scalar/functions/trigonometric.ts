import { polynomial } from "./polynomial.js";
import type { Templates } from "./template.js";

/** On |r| <= pi/4 (0.2 %), z = r²: sin r = r + r z S(z) to 2^-28, cos r = 1 - z/2 + z² C(z) to 2^-33. */
const SIN = polynomial("z", [-1.6666655e-1, 8.332189e-3, -1.9518188e-4]);
const COS = polynomial("z", [4.1666646e-2, -1.388731e-3, 2.4432313e-5]);
/** tan r = r + r z T(z) on the same, to 2^-29. */
const TAN = polynomial(
  "z",
  [3.3333352e-1, 1.3332585e-1, 5.4068346e-2, 2.1240704e-2, 1.09391175e-2, -3.7061844e-5, 4.4369427e-3],
);

/** Bits of 2/pi after the point, behind a word of zeros. */
const TWO_OVER_PI = [
  0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
] as const;
const word = (index: number): string => `U(0x${TWO_OVER_PI[index]!.toString(16)}u)`;

/**
 * SwiftShader computes both sides of every branch, and a loop's body at least once: vectors take the far lanes
 * one by one, so that it pays for one and not for four.
 */
const EACH_LANE = "for (var lane = 0; lane < 4 && any(isFar); lane++)";

/**
 * n has 10 bits here and the parts of pi/2 have 14: all products but the last are exact. `rest` is what rounding
 * took from r.
 */
const angle = (whereFar: string, far: string, chosen: string): string => `
fn @angle(x: F) -> @angle_type {
  let n = round(clamp(x, F(-1000.0), F(1000.0)) * 0.636619772);
  let r1 = x - n * 1.5706787109375;
  let r2 = r1 - n * 1.1761486530303955e-4;
  let lost = ((r1 - r2) - n * 1.1761486530303955e-4) - n * 9.920313459588215e-10 - n * 6.223372e-14;
  var r = r2 + lost;
  var rest = (r2 - r) + lost;
  var q = I(n);
  let isFar = abs(x) > F(1000.0);
  ${whereFar} {
    let far = @@far_angle(${far});
    let isChosen = ${chosen};
    r = select(r, F(far.r), isChosen);
    rest = select(rest, F(far.rest), isChosen);
    q = select(q, I(far.q), isChosen);
  }
  return @angle_type(r, rest, q);
}`;

/**
 * WGSL lets `sin` and `cos` err by 2^-11, and says nothing beyond |x| = pi. Here x = q pi/2 + r by Cody and
 * Waite up to 1000 and exactly, after Payne and Hanek (1983), for all greater floats.
 * Risk: a compiler that reassociates may join the products of the first reduction.
 */
export const TRIGONOMETRIC: Templates<
  "angle_type" | "mul_high" | "far_angle" | "angle" | "sin_of_angle" | "sin" | "cos" | "tan"
> = {
  angle_type: `struct @angle_type { r: F, rest: F, q: I }`,
  mul_high: `
fn @mul_high(a: U, b: U) -> U {
  let low = U(0xffffu);
  let sixteen = U(16u);
  let t = (a >> sixteen) * (b & low) + (((a & low) * (b & low)) >> sixteen);
  let u = (a & low) * (b >> sixteen) + (t & low);
  return (a >> sixteen) * (b >> sixteen) + (t >> sixteen) + (u >> sixteen);
}`,
  // |x| 2/pi modulo 4 in fixed point: the significand times 96 bits of 2/pi, from the first bit that is worth
  // less than 4. The words are picked by a barrel shifter, for want of tables that an index costs nothing in.
  far_angle: `
fn @far_angle(x: F) -> @angle_type {
  let bits = @magnitude_bits(x);
  let start = max(bits >> U(23u), U(120u)) - 120u;
  let skip = start >> U(5u);
  let by4 = skip >= U(4u);
  let by2 = (skip & U(2u)) != U(0u);
  let by1 = (skip & U(1u)) != U(0u);
  let a0 = select(${word(0)}, ${word(4)}, by4);
  let a1 = select(${word(1)}, ${word(5)}, by4);
  let a2 = select(${word(2)}, ${word(6)}, by4);
  let a3 = select(${word(3)}, ${word(7)}, by4);
  let b0 = select(a0, a2, by2);
  let b1 = select(a1, a3, by2);
  let b2 = select(a2, ${word(4)}, by2);
  let b3 = select(a3, ${word(5)}, by2);
  let b4 = select(${word(4)}, ${word(6)}, by2);
  let c0 = select(b0, b1, by1);
  let c1 = select(b1, b2, by1);
  let c2 = select(b2, b3, by1);
  let c3 = select(b3, b4, by1);
  let left = start & U(31u);
  let right = U(31u) - left;
  let w0 = (c0 << left) | ((c1 >> U(1u)) >> right);
  let w1 = (c1 << left) | ((c2 >> U(1u)) >> right);
  let w2 = (c2 << left) | ((c3 >> U(1u)) >> right);

  let significand = (bits & U(0x7fffffu)) | U(0x800000u);
  let lowSum = significand * w1 + @mul_high(significand, w2);
  let carry = select(U(0u), U(1u), lowSum < significand * w1);
  let highSum = significand * w0 + @mul_high(significand, w1) + carry;

  // Two bits of quadrant, then the fraction; read as signed, it is the distance to the nearest quadrant.
  let fraction = bitcast<I>((highSum << U(2u)) | (lowSum >> U(30u)));
  let turn = F(fraction) * 2.3283064365386963e-10;
  let lost = F(fraction - I(F(fraction))) * 2.3283064365386963e-10;
  let turnRest = lost + F(lowSum << U(2u)) * 5.421010862427522e-20;
  // Times pi/2, whose head has 12 bits.
  let head = @head(turn);
  let product = head * 1.5703125;
  let productRest = head * 4.838268e-4 + (turn - head + turnRest) * 1.57079633;
  let r = product + productRest;
  let rest = (product - r) + productRest;
  let q = bitcast<I>((highSum + 0x20000000u) >> U(30u));
  let isNegative = x < F(0.0);
  return @angle_type(select(r, -r, isNegative), select(rest, -rest, isNegative), select(q, -q, isNegative));
}`,
  angle: [
    angle("if (isFar)", "x", "isFar"),
    angle(EACH_LANE, "x[lane]", "isFar & (vec4i(0, 1, 2, 3) == vec4i(lane))"),
  ],
  sin_of_angle: `
fn @sin_of_angle(angle: @angle_type, q: I) -> F {
  let r = angle.r;
  let z = r * r;
  let sine = r + (r * (z * ${SIN}) + angle.rest);
  let cosine = 1.0 - (0.5 * z - (z * z * ${COS} - r * angle.rest));
  let y = select(sine, cosine, (q & I(1)) != I(0));
  return select(y, -y, (q & I(2)) != I(0));
}`,
  sin: `
fn @sin(x: F) -> F {
  let angle = @angle(x);
  let y = select(@sin_of_angle(angle, angle.q), x, abs(x) < F(1e-4));
  return select(@nan(), y, @is_finite(x));
}`,
  cos: `
fn @cos(x: F) -> F {
  let angle = @angle(x);
  return select(@nan(), @sin_of_angle(angle, angle.q + 1), @is_finite(x));
}`,
  tan: `
fn @tan(x: F) -> F {
  let angle = @angle(x);
  let r = angle.r;
  let z = r * r;
  let t = r + (r * (z * ${TAN}) + angle.rest * (1.0 + z));
  let y = select(t, -1.0 / t, (angle.q & I(1)) != I(0));
  return select(@nan(), select(y, x, abs(x) < F(1e-4)), @is_finite(x));
}`,
};
