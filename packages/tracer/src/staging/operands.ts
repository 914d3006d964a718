import { Value } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { enterSite } from "../trace/site.js";
import type { Numeric } from "../functions/index.js";

/** Whether operators mean ops for this: a tensor, or a graph's value while the rule of a user's own op runs. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor || value instanceof Value;
}

/** An op called by an operator, at its place. What is no operand is said by the op itself. */
export function callUnary(op: (x: Numeric) => Tensor, x: unknown, site: number): Tensor {
  const before = enterSite(site);
  try {
    return op(x as Numeric);
  } finally {
    enterSite(before);
  }
}

/** An op called by an operator, at its place. What is no operand is said by the op itself. */
export function callBinary(
  op: (a: Numeric, b: Numeric) => Tensor,
  a: unknown,
  b: unknown,
  site: number,
): Tensor {
  const before = enterSite(site);
  try {
    return op(a as Numeric, b as Numeric);
  } finally {
    enterSite(before);
  }
}

/** Runs `body` at a place. */
export function at<T>(site: number, body: () => T): T {
  const before = enterSite(site);
  try {
    return body();
  } finally {
    enterSite(before);
  }
}
