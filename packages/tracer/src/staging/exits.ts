import * as functions from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { decide } from "./condition.js";
import { isTensor } from "./operands.js";
import { NOTHING } from "./outcome.js";

/** What a body gives that ended without `return`, `break` or `continue`, where something follows. */
export const FELL: unique symbol = Symbol("fell");
/** What the body of a loop gives that ended by `break`. */
export const BREAK: unique symbol = Symbol("break");

/** What the body of a loop gives that ended by `return`. */
class Leave {
  constructor(readonly value: unknown) {}
}

/** How a body of a loop ended where a tensor decides. */
export class Exit {
  constructor(
    readonly broke: boolean | Tensor,
    readonly returned: boolean | Tensor,
    /** `NOTHING` where there is no return at all. */
    readonly value: unknown,
  ) {}

  /** Whether neither was. */
  goesOn(): boolean | Tensor {
    const { broke, returned } = this;
    if (broke === true || returned === true) return false;
    if (broke === false && returned === false) return true;
    if (broke === false || returned === false) return functions.logicalNot((broke || returned) as Tensor);
    return functions.logicalNot(functions.logicalOr(broke, returned));
  }

  parts(): readonly unknown[] {
    return [this.broke, this.returned, this.value];
  }
}

/** What the parts of an exit are called in messages. */
export const EXIT_PARTS: readonly string[] = ["a break", "a return", "the value that is returned"];

/** How a body of a loop ended, whichever way it says so; undefined for its end or `continue`. */
export type Ending = unknown;

/** `return value` in the body of a loop. */
export function leave(value?: unknown): Ending {
  return new Leave(value);
}

export function exitOf(ending: Ending): Exit {
  if (ending instanceof Exit) return ending;
  if (ending instanceof Leave) return new Exit(false, true, ending.value);
  return new Exit(ending === BREAK, false, NOTHING);
}

/** The other way around: what is known says so itself. */
export function endingOf([broke, returned, value]: readonly unknown[]): Ending {
  if (broke === true) return BREAK;
  if (returned === true) return new Leave(value);
  if (broke === false && returned === false) return undefined;
  return new Exit(broke as boolean | Tensor, returned as boolean | Tensor, value); // As `parts` gave them.
}

/** What a loop comes to whose body ended so: `break` ends no more than the loop. */
export function afterLoop(ending: Ending): Ending {
  if (!(ending instanceof Exit)) return ending === BREAK ? undefined : ending;
  return endingOf([false, ending.returned, ending.value]);
}

/** The returned value, as a list of one; of none where the loop went to its end. @throws W1054 where a tensor decides. */
export function leaving(ending: Ending, site: number): readonly unknown[] {
  if (ending === undefined) return NONE;
  if (ending instanceof Exit) decide(ending.returned, "return", site);
  return [returnedBy(ending)];
}

const NONE: readonly unknown[] = [];

/** What decides whether the loop was left by `return`: a boolean or a tensor. */
export function wasReturned(ending: Ending): boolean | Tensor {
  return ending instanceof Exit ? ending.returned : ending instanceof Leave;
}

export function returnedBy(ending: Ending): unknown {
  return (ending as Leave | Exit).value;
}

/** Whether a tensor decides how the body ended. */
export function isOpen(ending: Ending): ending is Exit {
  return ending instanceof Exit && (isTensor(ending.broke) || isTensor(ending.returned));
}
