import type { SourceLocation } from "@weftjs/ir";

/** A place in the user's source as the transform wrote it down, and the variable that its value is given to. */
export interface Place extends SourceLocation {
  readonly name: string | null;
}

interface Table {
  readonly base: number;
  readonly file: string;
  readonly text: string;
  places: readonly Place[] | null;
}

const tables: Table[] = [];
let count = 1;
let active = 0;

/** Registers the places of a file, as `line:column` or `line:column:name` each. Gives the number of the first. */
export function addPlaces(file: string, text: string): number {
  const base = count;
  tables.push({ base, file, text, places: null });
  count += text === "" ? 0 : text.split(" ").length;
  return base;
}

/** The place of a number that emitted code gave; undefined for none. */
function placeOf(site: number): Place | undefined {
  if (!(site > 0)) return undefined; // NaN, in a module that has not run yet.
  const table = tables.findLast(({ base }) => base <= site);
  if (!table) return undefined;
  table.places ??= table.text.split(" ").map((entry) => parsePlace(table.file, entry));
  return table.places[site - table.base];
}

function parsePlace(file: string, entry: string): Place {
  const [line, column, name] = entry.split(":");
  return { file, line: Number(line), column: Number(column), name: name ?? null };
}

/** From now on what runs is at this site. Gives the one before, which is to be set again. */
export function enterSite(site: number): number {
  const before = active;
  active = site;
  return before;
}

/** Where the running operator stands; undefined in code that was not transformed. */
export function activePlace(): Place | undefined {
  return active === 0 ? undefined : placeOf(active);
}
