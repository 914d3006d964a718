import { CLOSEDNESS, type Closedness } from "../trace/closedness.js";
import type { AnyFunction } from "./jit.js";

/**
 * Vouches for a function: what it gives depends on its arguments alone, and it does nothing else. A jit function that is
 * otherwise proven closed may then skip calls that it has seen, this function's included. For helpers that are not
 * transformed; whoever vouches wrongly gets what an earlier call gave.
 */
export function pure<F extends AnyFunction>(f: F): F {
  const closedness: Closedness = {
    captures: () => [],
    names: [],
    changes: () => new Map(),
    obstacle: null,
  };
  return Object.defineProperty(f, CLOSEDNESS, { value: closedness, configurable: true });
}
