import type { Change } from "./journal.js";

/** The variables that a piece of code assigns, as emitted code hands them over. */
export interface Variables {
  readonly names: readonly string[];
  get(): readonly unknown[];
  set(values: readonly unknown[]): void;
}

export type Get = () => readonly unknown[];
export type Set = (...values: never[]) => void;

/** Emitted code marks variables that nobody reads afterwards with a question mark. */
export function isTemporary(name: string): boolean {
  return name.endsWith("?");
}

/** Only these of the variables, by position; setting them sets the others to what they hold now. */
export function pick({ names, get, set }: Variables, kept: readonly number[]): Variables {
  const values = get();
  return {
    names: kept.map((k) => names[k]!.replace("?", "")),
    get: () => {
      const now = get();
      return kept.map((k) => now[k]);
    },
    set: (chosen) => {
      const now = [...values];
      kept.forEach((k, position) => (now[k] = chosen[position]));
      set(now);
    },
  };
}

const NONE: Variables = { names: [], get: () => [], set: () => undefined };

/** The arguments that emitted code ends with; none where nothing is assigned. */
export function variablesOf(names?: string, get?: Get, set?: Set): Variables {
  if (names === undefined || !get || !set) return NONE;
  const apply = set as (...values: readonly unknown[]) => void; // As many as `get` gives.
  return { names: names.split(" "), get, set: (values) => apply(...values) };
}

/** Both lists as one. */
export function joined(a: Variables, b: Variables): Variables {
  const { length } = a.names;
  return {
    names: [...a.names, ...b.names],
    get: () => [...a.get(), ...b.get()],
    set: (values) => {
      a.set(values.slice(0, length));
      b.set(values.slice(length));
    },
  };
}

/** Whether the change is one of the variables', which a function changed. Only trying tells one `x` from another. */
export function aliased({ place }: Change, { names, get, set }: Variables): boolean {
  const same = names.flatMap((name, k) => (name === place.name ? [k] : []));
  if (same.length === 0 || typeof place.owner !== "number") return false;
  const [before, content, probe] = [get(), place.read(), {}];
  place.write({ keys: [], values: [probe] });
  const now = get();
  place.write(content);
  set(before);
  return same.some((k) => now[k] === probe);
}
