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
