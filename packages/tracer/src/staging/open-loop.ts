import type { Tensor } from "../tensor.js";
import * as functions from "../functions/index.js";
import { truth } from "./condition.js";
import { afterLoop, type Ending, endingOf, Exit, EXIT_PARTS, exitOf, leave } from "./exits.js";
import { isTensor } from "./operands.js";
import { NOTHING, zerosLike } from "./outcome.js";
import { stageChoice, stageChoices } from "./stage-choice.js";
import { stageLoop } from "./stage-loop.js";
import { joined, type Variables } from "./variables.js";

/** A loop of the user's. */
export interface LoopParts {
  readonly test: () => unknown;
  readonly body: () => Ending;
  /** What a `for` does after each iteration. */
  readonly next: (() => void) | undefined;
  /** Whether its body can be left by `break` or `return`. */
  readonly hasExits: boolean;
  /** Whether nobody can tell how often `test` and `next` have run once the loop has been left. */
  readonly isCounted: boolean;
  readonly site: number;
  /** The user's own function, to find what was traced for it. */
  readonly key: object;
}

/**
 * The iterations after one in which a tensor decided whether the loop is left, as often as JavaScript says: each counts
 * only if the loop goes on.
 */
export function goOnMasked(parts: LoopParts, variables: Variables, first: Exit): Ending {
  const { test, body, next, site, key } = parts;
  let exit = first;
  for (;;) {
    next!();
    const holds = test();
    if (isTensor(holds)) return goOnFrom(parts, variables, exit);
    if (!holds) return afterLoop(exit);
    exit = maskedStep(exit, body, variables, site, key);
  }
}

/** One iteration that counts only if the loop goes on. */
export function maskedStep(
  exit: Exit,
  body: () => Ending,
  variables: Variables,
  site: number,
  key: object,
): Exit {
  const goesOn = exit.goesOn();
  if (!isTensor(goesOn)) return goesOn ? exitOf(body()) : exit;
  const parts = stageChoices(
    goesOn,
    () => exitOf(body()).parts(),
    () => exit.parts(),
    EXIT_PARTS,
    variables,
    site,
    key,
  );
  return exitOf(endingOf(parts));
}

/** There is a return in the body, of which nothing was known when it began to be traced. */
class Returns {
  constructor(readonly value: unknown) {}
}

/** The rest of the loop on the device. `last` is how the iteration before ended; none was for undefined. */
export function goOn(parts: LoopParts, variables: Variables, last: Exit | undefined): Ending {
  if (!parts.hasExits) return stageEndless(parts, variables);
  if (last && parts.next) step(last.goesOn(), parts.next, variables, parts.site);
  return goOnFrom(parts, variables, last ?? new Exit(false, false, NOTHING));
}

function goOnFrom(parts: LoopParts, variables: Variables, start: Exit): Ending {
  const before = variables.get();
  try {
    return new OpenLoop(parts, variables, start).stage();
  } catch (error) {
    if (!(error instanceof Returns)) throw error;
    variables.set(before);
    const { broke, returned } = start;
    return new OpenLoop(parts, variables, new Exit(broke, returned, zerosLike(error.value))).stage();
  }
}

/** A loop that only its condition ends. */
function stageEndless({ test, body, next, site, key }: LoopParts, variables: Variables): undefined {
  const iterate = (): void => {
    body();
    next?.();
  };
  stageLoop(test, iterate, variables, site, key);
  return undefined;
}

function step(goesOn: boolean | Tensor, next: () => void, variables: Variables, site: number): void {
  if (isTensor(goesOn)) stageChoice(goesOn, next, () => undefined, variables, site);
  else if (goesOn) next();
}

/** A loop on the device that carries, besides its variables, whether it was left and with what. */
class OpenLoop {
  /** Whether its condition always holds. */
  private isEndless = true;

  constructor(
    private readonly parts: LoopParts,
    private readonly variables: Variables,
    private exit: Exit,
  ) {}

  stage(): Ending {
    const { parts, variables } = this;
    const exit: Variables = {
      names: EXIT_PARTS,
      get: () => this.exit.parts(),
      set: ([broke, returned, value]) => {
        this.exit = new Exit(broke as boolean | Tensor, returned as boolean | Tensor, value); // As `parts` gave them.
      },
    };
    const all = joined(variables, exit);
    stageLoop(
      () => this.goesOn(),
      () => this.iterate(),
      all,
      parts.site,
      parts.key,
    );
    // What nothing else ends has been left by `return` when it is over.
    if (this.isEndless && this.exit.broke === false) return leave(this.exit.value);
    return afterLoop(endingOf(this.exit.parts()));
  }

  private goesOn(): unknown {
    const goesOn = this.exit.goesOn();
    const holds = goesOn === false || this.parts.test();
    if (isTensor(holds) || !holds) this.isEndless = false;
    if (!isTensor(goesOn)) return goesOn && holds;
    if (!isTensor(holds)) return holds ? goesOn : false;
    return functions.logicalAnd(goesOn, truth(holds));
  }

  /** It goes on where an iteration begins. */
  private iterate(): void {
    const { body, next, isCounted, site } = this.parts;
    const ending = body();
    if (ending !== undefined) this.end(exitOf(ending));
    if (!next) return;
    if (ending === undefined || isCounted) next();
    else step(exitOf(ending).goesOn(), next, this.variables, site);
  }

  private end({ broke, returned, value }: Exit): void {
    const known = this.exit;
    if (value !== NOTHING && known.value === NOTHING) throw new Returns(value);
    // An iteration begins where neither was: what did not happen stays the very value that is carried.
    this.exit = new Exit(
      broke === false ? known.broke : broke,
      returned === false ? known.returned : returned,
      value === NOTHING ? known.value : value,
    );
  }
}
