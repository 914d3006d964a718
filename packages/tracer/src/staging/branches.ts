import { isTensor } from "./operands.js";
import { stageChoice } from "./stage-choice.js";
import { type Get, type Set, variablesOf } from "./variables.js";

/** What a body gives that ended without `return` or `continue`. */
export const FELL: unique symbol = Symbol("fell");

/** `if (test) then else otherwise`; neither leaves what is around it. */
export function branch(
  test: unknown,
  then: () => void,
  otherwise: (() => void) | undefined,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): void {
  if (!isTensor(test)) {
    if (test) then();
    else if (otherwise) otherwise();
    return;
  }
  const variables = variablesOf(names, get, set);
  stageChoice(test, silently(then), silently(otherwise), variables, site, then);
}

/** `test ? then : otherwise` */
export function select<T>(
  test: unknown,
  then: () => T,
  otherwise: () => T,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): T {
  if (!isTensor(test)) return test ? then() : otherwise();
  return stageChoice(test, then, otherwise, variablesOf(names, get, set), site);
}

/** What is left to do of a function after a statement: gives its result, or `FELL`. */
type Rest = () => unknown;
type Leaving = (rest: Rest) => unknown;

/**
 * `if (test) then else otherwise`, one of which may `return`, then `rest`, which is what follows in the block; `outer`
 * is what follows the block. Gives what the function gives. A tensor runs each way to the end of the function.
 */
export function choose(
  test: unknown,
  then: Leaving,
  otherwise: Leaving | undefined,
  site: number,
  outer: Rest | undefined,
  names: string | undefined,
  get: Get | undefined,
  set: Set | undefined,
  rest?: Rest,
): unknown {
  const onward = (): unknown => followed(rest ? rest() : FELL, outer);
  if (isTensor(test)) {
    const way = (body: Leaving | undefined) => (): unknown => {
      const result = body ? body(onward) : FELL;
      return settled(result === FELL ? onward() : result);
    };
    return stageChoice(test, way(then), way(otherwise), variablesOf(names, get, set), site, then);
  }
  const body = test ? then : otherwise;
  let result = body ? body(onward) : FELL;
  // What follows the block is for the condition around it to run.
  if (result === FELL && rest) result = rest();
  return outer ? result : settled(result);
}

function followed(result: unknown, outer: Rest | undefined): unknown {
  return result === FELL && outer ? outer() : result;
}

/** A function that ends without `return` gives undefined. */
function settled(result: unknown): unknown {
  return result === FELL ? undefined : result;
}

function silently(body: (() => void) | undefined): () => undefined {
  return () => {
    body?.();
    return undefined;
  };
}
