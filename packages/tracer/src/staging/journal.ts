import { at } from "./operands.js";
import { type Content, sameContent } from "./contents.js";
import { userError } from "../trace/user-error.js";

/** Something that code changes from elsewhere: a variable, a private field, or what is in an object. */
export interface Place {
  /** What it belongs to: the number of a scope, or an object. */
  readonly owner: number | object;
  /** What it is called there; empty for all that is in an object. */
  readonly name: string;
  read(): Content;
  write(content: Content): void;
}

/** What a piece of code did to a place. */
export interface Change {
  readonly place: Place;
  readonly before: Content;
  readonly after: Content;
}

let count = 0;
let active: Journal | null = null;
/** When an object was made, of those that were made while a journal was kept. */
const births = new WeakMap<object, number>();

/**
 * The changes that a piece of code makes where a tensor decides whether it counts. Code that is about to change something
 * which others can see says so, and what the place held then is noted. What was made meanwhile is nobody else's.
 */
export class Journal {
  private readonly opened = ++count;
  private readonly entries = new Map<Place["owner"], Map<string, { place: Place; before: Content }>>();

  constructor(readonly parent: Journal | null) {}

  isMadeInside(owner: Place["owner"]): boolean {
    return (typeof owner === "number" ? owner : (births.get(owner) ?? 0)) > this.opened;
  }

  note(place: Place, before: Content): void {
    const { owner, name } = place;
    const known = this.entries.get(owner) ?? new Map<string, { place: Place; before: Content }>();
    this.entries.set(owner, known);
    if (!known.has(name)) known.set(name, { place, before });
  }

  /** What has come to be different. */
  changes(): readonly Change[] {
    const changes: Change[] = [];
    for (const [owner, places] of this.entries) {
      if (this.isMadeInside(owner)) continue; // It was under construction when it was noted.
      for (const { place, before } of places.values()) {
        const after = place.read();
        if (!sameContent(before, after)) changes.push({ place, before, after });
      }
    }
    return changes;
  }
}

/** Runs `body` while its changes are noted, and undoes them if it throws. */
export function journaled<T>(body: (journal: Journal) => T): T {
  const journal = new Journal(active);
  active = journal;
  try {
    return body(journal);
  } catch (error) {
    undo(journal.changes());
    throw error;
  } finally {
    active = journal.parent;
  }
}

export function undo(changes: readonly Change[]): void {
  for (const { place, before } of changes) place.write(before);
}

/** Whether changes are noted. Emitted code asks before it says anything. */
export function watched(): boolean {
  return active !== null;
}

/** A number for the variables of a scope, higher than those before. */
export function scope(): number {
  return ++count;
}

/** An object that has just been made. Gives the object. */
export function made<T>(object: T): T {
  if (active !== null && typeof object === "object" && object !== null) births.set(object, ++count);
  return object;
}

/** A place is about to be changed. */
export function noteChange(place: Place): void {
  if (active === null || active.isMadeInside(place.owner)) return;
  const before = place.read();
  // Younger journals are inside of older ones: what is made outside of one is outside of some of those around it.
  for (let journal: Journal | null = active; journal; journal = journal.parent) {
    if (journal.isMadeInside(place.owner)) return;
    journal.note(place, before);
  }
}

/**
 * A function that writes a variable of another one begins. `owner` is the number of the scope that the variable belongs to.
 *
 * @throws W1057 where there is none.
 */
export function watch(
  owner: number | undefined,
  name: string,
  get: () => unknown,
  set: (value: never) => void,
  site: number,
): void {
  if (owner === undefined) throw unknownScope(name, site);
  const place: Place = {
    owner,
    name,
    read: () => ({ keys: [], values: [get()] }),
    write: ({ values }) => set(values[0] as never), // What `get` gave, or what was chosen in its place.
  };
  try {
    noteChange(place);
  } catch (error) {
    // A variable that is declared further down: nobody can write it yet.
    if (!(error instanceof ReferenceError)) throw error;
  }
}

/** An object whose private field is about to be written. Gives the object. */
export function field<T extends object>(
  object: T,
  name: string,
  get: (object: T) => unknown,
  set: (object: T, value: never) => void,
): T {
  if (active === null) return object;
  noteChange({
    owner: object,
    name,
    read: () => ({ keys: [], values: [get(object)] }),
    write: ({ values }) => set(object, values[0] as never), // What `get` gave, or what was chosen in its place.
  });
  return object;
}

function unknownScope(name: string, site: number): Error {
  return at(site, () =>
    userError({
      code: "W1057",
      message: `${name} is assigned by a function that is called where a tensor decides, and belongs to the head of a loop or to a switch`,
      hint: "declare the variable in a block or in the function itself",
    }),
  );
}
