import type { Tensor } from "../tensor.js";
import { chooseBranch } from "../control/branch-block.js";
import { currentSession } from "../transforms/grad.js";
import { truth } from "./condition.js";
import { type Change, undo } from "./journal.js";
import { MergedChanges } from "./merged-changes.js";
import { Outcome } from "./outcome.js";
import { asTrace, inRegion } from "./regions.js";
import { aliased, isTemporary, pick, type Variables } from "./variables.js";

const HOLDS = "where the condition holds";
const ELSE = "where not";

/** One of two ways that has run: what it gave, and what it changed elsewhere, which has been undone. */
interface Way {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

/**
 * Runs both ways and merges what they came to: the variables, the value given back, and what they changed elsewhere. On
 * the device only one of them counts. `key` is the user's own function of the first.
 *
 * @throws W1053 where the two do not agree; W1055 for a condition of several elements; W1056 where they leave an object with
 * different elements or properties.
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
  const run = (body: () => T): Way => {
    variables.set(before);
    return inRegion((journal) => {
      const outcome = new Outcome(names, [body(), ...variables.get()]);
      const all = journal.changes();
      const changes = all.filter((change) => !aliased(change, variables));
      undo(all);
      return { outcome, changes };
    });
  };
  let [first, second]: [Way | null, Way | null] = [null, null];
  let merged: MergedChanges | null = null;
  const together = (): [unknown, unknown] => {
    first!.outcome.agreeWith(second!.outcome, HOLDS, ELSE);
    merged = new MergedChanges(first!.changes, second!.changes);
    merged.first.agreeWith(merged.second, HOLDS, ELSE);
    return [
      [first!.outcome.asTaken(), merged.first.asTaken()],
      [second!.outcome.asTaken(), merged.second.asTaken()],
    ];
  };
  const [values, changed] = asTrace("if", key, [test], site, () =>
    chooseBranch(
      currentSession(),
      truth(test),
      () => void (first = run(then)),
      () => void (second = run(otherwise)),
      together,
    ),
  ) as readonly (readonly unknown[])[]; // Of the structure that `together` gives.
  const [value, ...rest] = first!.outcome.keptBy(second!.outcome, values!);
  variables.set(rest);
  merged!.apply(changed!);
  return value as T; // Made of what both ways gave.
}
