import { nameOf, otherParts } from "./changed-errors.js";
import { type Content, sameKeys } from "./contents.js";
import type { Change, Place } from "./journal.js";
import { Outcome } from "./outcome.js";

/** A place that either of two ways changed, and what it holds after each. */
interface Changed {
  readonly place: Place;
  readonly first: Content;
  readonly second: Content;
}

/** What two ways changed elsewhere, as values to be chosen between. */
export class MergedChanges {
  readonly first: Outcome;
  readonly second: Outcome;
  private readonly changed: readonly Changed[];

  /** @throws W1056 where the two leave an object with different elements or properties. */
  constructor(first: readonly Change[], second: readonly Change[]) {
    this.changed = [
      ...first.map(({ place, after }) => ({ place, first: after, second: afterOf(place, second, first) })),
      ...second
        .filter(({ place }) => !find(place, first))
        .map(({ place, after, before }) => ({ place, first: before, second: after })),
    ];
    const different = this.changed.flatMap((one) => [...differences(one)]);
    const names = different.map(({ name }) => name);
    this.first = new Outcome(
      names,
      different.map((one) => one.first),
    );
    this.second = new Outcome(
      names,
      different.map((one) => one.second),
    );
  }

  /** Puts into the places what was chosen of the two outcomes. */
  apply(chosen: readonly unknown[]): void {
    const kept = this.first.keptBy(this.second, chosen);
    let next = 0;
    for (const { place, first, second } of this.changed) {
      const values = first.values.map((value, k) =>
        Object.is(value, second.values[k]) ? value : kept[next++],
      );
      place.write({ keys: first.keys, values });
    }
  }
}

function find({ owner, name }: Place, changes: readonly Change[]): Change | undefined {
  return changes.find(({ place }) => place.owner === owner && place.name === name);
}

/** What the place holds after the other way, which may not have changed it. */
function afterOf(place: Place, second: readonly Change[], first: readonly Change[]): Content {
  return find(place, second)?.after ?? find(place, first)!.before;
}

function* differences({ place, first, second }: Changed): Generator<{
  readonly name: string;
  readonly first: unknown;
  readonly second: unknown;
}> {
  if (!sameKeys(first, second)) throw otherParts(place, first, second);
  for (let k = 0; k < first.values.length; k++) {
    if (Object.is(first.values[k], second.values[k])) continue;
    yield { name: nameOf(place, first, k), first: first.values[k], second: second.values[k] };
  }
}
