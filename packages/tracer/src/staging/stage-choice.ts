import type { TensorType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { enterSite } from "../trace/site.js";
import { cond } from "./regions.js";
import { truth } from "./condition.js";
import { at } from "./operands.js";
import { Outcome } from "./outcome.js";
import { isTemporary, pick, type Variables } from "./variables.js";

const HOLDS = "where the condition holds";
const ELSE = "where not";

/** A number of one branch met a tensor of the other: its branch has to be traced as that. */
class NumberMeetsTensor {
  constructor(readonly types: readonly (TensorType | null)[]) {}
}

/**
 * Runs both ways and merges what they came to: the variables, and the value given back. On the device only one
 * of them counts.
 *
 * @throws W1053 where the two do not agree; W1055 for a condition of several elements.
 */
export function stageChoice<T>(
  test: Tensor,
  then: () => T,
  otherwise: () => T,
  all: Variables,
  site: number,
): T {
  // Each way starts with all variables as they are now; what nobody reads afterwards need not agree.
  const variables = pick(
    all,
    [...all.names.keys()].filter((k) => !isTemporary(all.names[k]!)),
  );
  const before = variables.get();
  const predicate = at(site, () => truth(test));
  try {
    return stage(predicate, then, otherwise, variables, before, site, []);
  } catch (error) {
    if (!(error instanceof NumberMeetsTensor)) throw error;
    variables.set(before);
    return stage(predicate, then, otherwise, variables, before, site, error.types);
  }
}

function stage<T>(
  predicate: Tensor,
  then: () => T,
  otherwise: () => T,
  variables: Variables,
  before: readonly unknown[],
  site: number,
  wanted: readonly (TensorType | null)[],
): T {
  const names = ["the value", ...variables.names];
  let [first, second]: [Outcome | null, Outcome | null] = [null, null];
  const outcomeOf = (body: () => T): Outcome => {
    variables.set(before);
    const outer = enterSite(0);
    try {
      return new Outcome(names, [body(), ...variables.get()]);
    } finally {
      enterSite(outer);
    }
  };
  const tensors = at(site, () =>
    cond(
      predicate,
      () => (first = outcomeOf(then)).tensors(wanted),
      () => {
        second = outcomeOf(otherwise);
        const types = first!.agreeWith(second, HOLDS, ELSE);
        if (wanted.length === 0 && first!.isWidenedBy(types)) throw new NumberMeetsTensor(types);
        return second.tensors(types);
      },
    ),
  );
  const [value, ...rest] = first!.merged(second!, tensors);
  variables.set(rest);
  return value as T; // Made of what both ways gave.
}
