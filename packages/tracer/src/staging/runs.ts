import { decide } from "./condition.js";
import { afterLoop, type Ending, type Exit, isOpen } from "./exits.js";
import { isTensor } from "./operands.js";
import { maskedStep } from "./open-loop.js";
import { type Get, type Set, type Variables, variablesOf } from "./variables.js";

const KNOWN_ITERATORS = /^(?:Array|Map|Set|String|RegExp String) Iterator$/;

/** `for (const x of values) body()`, whose head stays JavaScript's. */
class Run {
  private exit: Exit | null = null;
  private last: Ending = undefined;
  private isKnown = false;

  constructor(
    private readonly site: number,
    private readonly variables: () => Variables,
  ) {}

  /** The values of the loop. Those of an iterator that is not JavaScript's own cannot be asked for in vain. */
  of<T>(values: T): T {
    const tag = (values as { [Symbol.toStringTag]?: unknown } | null)?.[Symbol.toStringTag];
    this.isKnown =
      typeof values === "string" ||
      Array.isArray(values) ||
      ArrayBuffer.isView(values) ||
      values instanceof Map ||
      values instanceof Set ||
      isTensor(values) ||
      (typeof tag === "string" && KNOWN_ITERATORS.test(tag));
    return values;
  }

  /** The names of an object. */
  in<T>(object: T): T {
    this.isKnown = true;
    return object;
  }

  /** One iteration. Gives whether the loop is left. */
  step(body: () => Ending): boolean {
    const { exit, site, variables } = this;
    if (exit) {
      this.exit = maskedStep(exit, body, variables(), site, body);
      return false;
    }
    const ending = body();
    if (ending === undefined) return false;
    if (!isOpen(ending)) {
      this.last = ending;
      return true;
    }
    if (!this.isKnown) decide(ending.goesOn(), "iterator", site);
    this.exit = ending;
    return false;
  }

  /** How the loop ended. */
  end(): Ending {
    return afterLoop(this.exit ?? this.last);
  }
}

/** A loop that begins. */
export function run(site: number, names?: string, get?: Get, set?: Set): Run {
  return new Run(site, () => variablesOf(names, get, set));
}
