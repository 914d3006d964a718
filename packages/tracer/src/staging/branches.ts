import { noteDecision } from "../trace/decisions.js";
import { type Ending, endingOf, EXIT_PARTS, exitOf, FELL, returnedBy, wasReturned } from "./exits.js";
import { isTensor } from "./operands.js";
import { stageChoice, stageChoices } from "./stage-choice.js";
import { type Get, type Set, variablesOf } from "./variables.js";

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
    noteDecision(test, undefined, site);
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
  if (!isTensor(test)) {
    noteDecision(test, undefined, site);
    return test ? then() : otherwise();
  }
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
  if (!isTensor(test)) {
    noteDecision(test, undefined, site);
    return chosen(test ? then : otherwise, outer, rest);
  }
  const [first, second] = [toTheEnd(then, outer, rest), toTheEnd(otherwise, outer, rest)];
  return stageChoice(test, first, second, variablesOf(names, get, set), site, then);
}

/** The same in the body of a loop: gives how the body ended. */
export function chooseExit(
  test: unknown,
  then: Leaving,
  otherwise: Leaving | undefined,
  site: number,
  outer: Rest | undefined,
  names: string | undefined,
  get: Get | undefined,
  set: Set | undefined,
  rest?: Rest,
): Ending {
  if (!isTensor(test)) {
    noteDecision(test, undefined, site);
    return chosen(test ? then : otherwise, outer, rest);
  }
  const [first, second] = [toTheEnd(then, outer, rest), toTheEnd(otherwise, outer, rest)];
  return endingOf(
    stageChoices(
      test,
      () => exitOf(first()).parts(),
      () => exitOf(second()).parts(),
      EXIT_PARTS,
      variablesOf(names, get, set),
      site,
      then,
    ),
  );
}

/** A loop that may have been left by `return`, then `rest`, in a function. */
export function onward(
  ending: Ending,
  site: number,
  outer: Rest | undefined,
  names?: string,
  get?: Get,
  set?: Set,
  rest?: Rest,
): unknown {
  const returned = wasReturned(ending);
  if (returned === true) return returnedBy(ending);
  if (returned === false) return chosen(undefined, outer, rest);
  const way = (): unknown => returnedBy(ending);
  return stageChoice(
    returned,
    way,
    toTheEnd(undefined, outer, rest),
    variablesOf(names, get, set),
    site,
    rest ?? way,
  );
}

/** The same in the body of a loop around it. */
export function onwardExit(
  ending: Ending,
  site: number,
  outer: Rest | undefined,
  names?: string,
  get?: Get,
  set?: Set,
  rest?: Rest,
): Ending {
  const returned = wasReturned(ending);
  if (returned === true) return ending;
  if (returned === false) return chosen(undefined, outer, rest);
  const way = (): readonly unknown[] => [false, true, returnedBy(ending)];
  const onwards = toTheEnd(undefined, outer, rest);
  return endingOf(
    stageChoices(
      returned,
      way,
      () => exitOf(onwards()).parts(),
      EXIT_PARTS,
      variablesOf(names, get, set),
      site,
      rest ?? way,
    ),
  );
}

/** The way that JavaScript takes. */
function chosen(body: Leaving | undefined, outer: Rest | undefined, rest: Rest | undefined): unknown {
  if (!outer) {
    // The most common: no function is made for it.
    const result = body ? body(rest ?? fell) : FELL;
    return settled(result === FELL && rest ? rest() : result);
  }
  const result = body ? body(() => followed(rest ? rest() : FELL, outer)) : FELL;
  // What follows the block is for the condition around it to run.
  return result === FELL && rest ? rest() : result;
}

function fell(): unknown {
  return FELL;
}

/** A way to the end of the function or of the loop's body. */
function toTheEnd(body: Leaving | undefined, outer: Rest | undefined, rest: Rest | undefined): () => unknown {
  const onward = (): unknown => followed(rest ? rest() : FELL, outer);
  return () => {
    const result = body ? body(onward) : FELL;
    return settled(result === FELL ? onward() : result);
  };
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
