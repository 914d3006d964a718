import type { AnyFunction } from "./jit.js";

/**
 * `f`: the same values and the same gradients. Elsewhere this asks for `f` to be computed again in the backward pass
 * instead of its intermediate values being kept. In Weft forward and backward pass are planned as one graph, and whether
 * a value is kept or computed again where it is read is decided for each value by the bytes that moves; a mark on a
 * function adds nothing to that, and none is made. Code written for libraries where it does runs unchanged.
 */
export function checkpoint<F extends AnyFunction>(f: F): F {
  return f;
}
