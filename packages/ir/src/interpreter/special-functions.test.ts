import { expect, test } from "vitest";
import { erf, erfc, erfinv } from "./special-functions.js";

// From mpmath, 30 digits.
const ERF: readonly (readonly [number, number, number])[] = [
  [1e-10, 1.1283791670955126e-10, 0.999999999887162],
  [0.3, 0.3286267594591274, 0.6713732405408726],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [0.99, 0.8385080695553698, 0.1614919304446302],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047265],
  [3, 0.9999779095030014, 2.2090496998585438e-5],
  [5, 0.9999999999984626, 1.5374597944280351e-12],
  [-1, -0.8427007929497149, 1.842700792949715],
  [-3, -0.9999779095030014, 1.9999779095030015],
  [10, 1, 2.088487583762545e-45],
  [26, 1, 5.663192408856143e-296],
];

const ERFINV: readonly (readonly [number, number])[] = [
  [0.1, 0.08885599049425769],
  [-0.5, -0.4769362762044699],
  [0.9, 1.1630871536766743],
  [0.99, 1.8213863677184494],
  [0.999999, 3.458910737275499],
];

test.each(ERF)("erf and erfc of %s hold to 1e-15 of the result", (x, expected, complement) => {
  expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(1e-15);
  expect(Math.abs(erfc(x) / complement - 1)).toBeLessThan(1e-15);
});

test.each(ERFINV)("erfinv of %s holds to 1e-14 of the result", (x, expected) => {
  expect(Math.abs(erfinv(x) / expected - 1)).toBeLessThan(1e-14);
});

test("erfinv undoes erf, from the smallest to the last number below 1", () => {
  for (const x of [1e-300, 1e-12, 1e-3, 0.49, 0.51, 0.7, 1 - 1e-9, 1 - 2 ** -53]) {
    expect(Math.abs(erf(erfinv(x)) / x - 1)).toBeLessThan(1e-15);
    expect(erfinv(-x)).toBe(-erfinv(x));
  }
});
