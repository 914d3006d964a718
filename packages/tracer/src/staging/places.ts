import { Tensor } from "../tensor.js";
import { currentSession } from "../transforms/grad.js";
import { nameOf, otherPartsAfter } from "./changed-errors.js";
import { type Content, sameKeys } from "./contents.js";
import type { Change, Place } from "./journal.js";
import type { Variables } from "./variables.js";

/** A place that each iteration of a loop may change, and what it holds before the first. */
interface Carried {
  readonly place: Place;
  readonly before: Content;
}

/** What a loop carries besides its variables. */
export class Places {
  constructor(private readonly carried: readonly Carried[]) {}

  get count(): number {
    return this.carried.length;
  }

  /** These, and what the changes are about. */
  with(changes: readonly Change[]): Places {
    const others = changes.filter((change) => !this.has(change.place) && !isMadeInside(change));
    return new Places([...this.carried, ...others]);
  }

  /** One for each value. */
  variables(): Variables {
    const { carried } = this;
    return {
      names: carried.flatMap(({ place, before }) => before.values.map((_, k) => nameOf(place, before, k))),
      get: () => carried.flatMap(({ place }) => place.read().values),
      set: (values) => {
        let from = 0;
        for (const { place, before } of carried) {
          const { length } = before.values;
          place.write({ keys: before.keys, values: values.slice(from, from + length) });
          from += length;
        }
      },
    };
  }

  restore(): void {
    for (const { place, before } of this.carried) place.write(before);
  }

  /** @throws W1056 an object that has come to have other elements or properties. */
  check(): void {
    for (const { place, before } of this.carried) {
      const after = place.read();
      if (!sameKeys(after, before)) throw otherPartsAfter(place, before, after);
    }
  }

  private has({ owner, name }: Place): boolean {
    return this.carried.some(({ place }) => place.owner === owner && place.name === name);
  }
}

/** Whether something was made in the iteration that is being traced: it already held what only exists there. */
function isMadeInside({ before }: Change): boolean {
  const { openBlocks } = currentSession();
  const depth = openBlocks.at(-1)?.depth ?? 0;
  return before.values.some(
    (value) =>
      value instanceof Tensor &&
      value.level !== null &&
      value.level.depth >= depth &&
      openBlocks.includes(value.level),
  );
}
