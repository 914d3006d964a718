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
  const ways = [() => [then()], () => [otherwise()]] as const;
  return stageChoices(test, ...ways, ["the value"], all, site, key)[0] as T; // Made of what both ways gave.
}

/** The same for ways that give several values, of these names. Of a value that is `NOTHING` on one way, nobody reads it. */
export function stageChoices(
  test: Tensor,
  then: () => readonly unknown[],
  otherwise: () => readonly unknown[],
  valueNames: readonly string[],
  all: Variables,
  site: number,
  key: object = then,
): readonly unknown[] {
  // Each way starts with all variables as they are now; what nobody reads afterwards need not agree.
  const variables = pick(
    all,
    [...all.names.keys()].filter((k) => !isTemporary(all.names[k]!)),
  );
  const names = [...valueNames, ...variables.names];
  const before = variables.get();
  const run = (body: () => readonly unknown[]): Way => {
    variables.set(before);
    return inRegion((journal) => {
      const outcome = new Outcome(names, [...body(), ...variables.get()]);
      const changes = journal.changes();
      const others = changes.filter((change) => !aliased(change, variables));
      undo(changes);
      return { outcome, changes: others };
    });
  };
  let [first, second]: [Way | null, Way | null] = [null, null];
  let merged: Merged | null = null;
  const together = (): [unknown, unknown] => {
    merged = merge(first!, second!);
    return [
      merged.first.map((outcome) => outcome.asTaken()),
      merged.second.map((outcome) => outcome.asTaken()),
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
  const chosen = merged!.first[0].keptBy(merged!.second[0], values!);
  variables.set(chosen.slice(valueNames.length));
  merged!.changes.apply(changed!);
  return chosen.slice(0, valueNames.length);
}

interface Merged {
  /** What the first way gave, and what it changed elsewhere. */
  readonly first: readonly [Outcome, Outcome];
  readonly second: readonly [Outcome, Outcome];
  readonly changes: MergedChanges;
}

function merge(one: Way, other: Way): Merged {
  const [first, second] = [one.outcome.fittedTo(other.outcome), other.outcome.fittedTo(one.outcome)];
  first.agreeWith(second, HOLDS, ELSE);
  const changes = new MergedChanges(one.changes, other.changes);
  changes.first.agreeWith(changes.second, HOLDS, ELSE);
  return { first: [first, changes.first], second: [second, changes.second], changes };
}
