import { isTensor } from "./operands.js";
import { stageLoop } from "./stage-loop.js";
import { type Get, type Set, variablesOf } from "./variables.js";

/** `while (test()) body()` */
export function loop(
  test: () => unknown,
  body: () => void,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
  key: object = body,
): void {
  for (;;) {
    const holds = test();
    if (isTensor(holds)) return stageLoop(test, body, variablesOf(names, get, set), site, key);
    if (!holds) return;
    body();
  }
}

/** `do body() while (test())` */
export function loopAfter(
  body: () => void,
  test: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): void {
  body();
  loop(test, body, site, names, get, set);
}

/** `for (; test(); next()) body()` */
export function loopFor(
  test: () => unknown,
  next: () => void,
  body: () => void,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): void {
  const step = (): void => {
    body();
    next();
  };
  loop(test, step, site, names, get, set, body);
}
