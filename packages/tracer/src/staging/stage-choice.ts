import type { Tensor } from "../tensor.js";
import { cond } from "../control/index.js";
import { truth } from "./condition.js";
import { Outcome } from "./outcome.js";
import { asTrace, inRegion } from "./regions.js";
import { isTemporary, pick, type Variables } from "./variables.js";

const HOLDS = "where the condition holds";
const ELSE = "where not";

/**
 * Runs both ways and merges what they came to: the variables, and the value given back. On the device only one
 * of them counts. `key` is the user's own function of the first.
 *
 * @throws W1053 where the two do not agree; W1055 for a condition of several elements.
 */
export function stageChoice<T>(
  test: Tensor,
  then: () => T,
  otherwise: () => T,
  all: Variables,
  site: number,
  key: object = then,
): T {
  // Each way starts with all variables as they are now; what nobody reads afterwards need not agree.
  const variables = pick(
    all,
    [...all.names.keys()].filter((k) => !isTemporary(all.names[k]!)),
  );
  const names = ["the value", ...variables.names];
  const before = variables.get();
  const outcomeOf = (body: () => T): Outcome => {
    variables.set(before);
    return inRegion(() => new Outcome(names, [body(), ...variables.get()]));
  };
  let [first, second]: [Outcome | null, Outcome | null] = [null, null];
  const onTrue = (): readonly unknown[] => (first = outcomeOf(then)).values;
  const onFalse = (): readonly unknown[] => {
    second = outcomeOf(otherwise);
    first!.agreeWith(second, HOLDS, ELSE);
    return second.values;
  };
  const chosen = asTrace("if", key, [test], site, () => cond(truth(test), onTrue, onFalse));
  const [value, ...rest] = first!.keptBy(second!, chosen);
  variables.set(rest);
  return value as T; // Made of what both ways gave.
}
