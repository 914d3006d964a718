import { afterLoop, type Ending, isOpen } from "./exits.js";
import { isTensor } from "./operands.js";
import { goOn, goOnMasked, type LoopParts } from "./open-loop.js";
import { type Get, type Set, type Variables, variablesOf } from "./variables.js";

/** `while (test()) body()`. Gives whether it was left by `return`, and with what. */
export function loop(
  test: () => unknown,
  body: () => Ending,
  hasExits: boolean,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): Ending {
  return repeat({ test, body, next: undefined, hasExits, isCounted: false, site, key: body }, () =>
    variablesOf(names, get, set),
  );
}

/** `do body() while (test())` */
export function loopAfter(
  body: () => Ending,
  test: () => unknown,
  hasExits: boolean,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): Ending {
  const parts = { test, body, next: undefined, hasExits, isCounted: false, site, key: body };
  const variables = (): Variables => variablesOf(names, get, set);
  const ending = body();
  if (isOpen(ending)) return goOn(parts, variables(), ending);
  return ending === undefined ? repeat(parts, variables) : afterLoop(ending);
}

/**
 * `for (; test(); next()) body()`. `isCounted` says that `test` and `next` are about variables of the loop's head alone, which
 * the body does not write.
 */
export function loopFor(
  test: () => unknown,
  next: () => void,
  body: () => Ending,
  hasExits: boolean,
  isCounted: boolean,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): Ending {
  return repeat({ test, body, next, hasExits, isCounted, site, key: body }, () =>
    variablesOf(names, get, set),
  );
}

function repeat(parts: LoopParts, variables: () => Variables): Ending {
  const { test, body, next, isCounted } = parts;
  for (;;) {
    const holds = test();
    if (isTensor(holds)) return goOn(parts, variables(), undefined);
    if (!holds) return undefined;
    const ending = body();
    if (ending === undefined) next?.();
    else if (!isOpen(ending)) return afterLoop(ending);
    else return (isCounted ? goOnMasked : goOn)(parts, variables(), ending);
  }
}
