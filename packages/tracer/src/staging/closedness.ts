import { placeOf } from "../trace/site.js";
import { CLOSEDNESS, type Closedness } from "../trace/closedness.js";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Notes that a function depends on its arguments and these captures alone; `changes` says where captured variables are
 * given other values. Gives the function.
 */
export function closed<F extends AnyFunction>(
  f: F,
  names?: string,
  captures?: () => readonly unknown[],
  changes: Readonly<Record<string, number>> = {},
): F {
  return noted(f, {
    captures: captures ?? (() => []),
    names: names?.split(" ") ?? [],
    changes: () => new Map(Object.entries(changes).map(([name, site]) => [name, placeOf(site)])),
    obstacle: null,
  });
}

/** Notes what keeps a function from being proven, and where. Gives the function. */
export function unproven<F extends AnyFunction>(f: F, what: string, site: number): F {
  return noted(f, {
    captures: () => [],
    names: [],
    changes: () => new Map(),
    obstacle: { what, place: placeOf(site) },
  });
}

function noted<F extends AnyFunction>(f: F, closedness: Closedness): F {
  Object.defineProperty(f, CLOSEDNESS, { value: closedness, configurable: true });
  return f;
}
