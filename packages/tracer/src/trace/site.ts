import type { SourceLocation } from "@weftjs/ir";

interface Table {
  readonly base: number;
  readonly file: string;
  readonly text: string;
  places: readonly SourceLocation[] | null;
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
export function placeOf(site: number): SourceLocation | undefined {
  if (!(site > 0)) return undefined; // NaN, in a module that has not run yet.
  const table = tables.findLast(({ base }) => base <= site);
  if (!table) return undefined;
  table.places ??= table.text.split(" ").map((entry) => parsePlace(table.file, entry));
  return table.places[site - table.base];
}

function parsePlace(file: string, entry: string): SourceLocation {
  const [line, column, name] = entry.split(":");
  const place = { file, line: Number(line), column: Number(column) };
  return name === undefined ? place : { ...place, name };
}

/** From now on what runs is at this site. Gives the one before, which is to be set again. */
export function enterSite(site: number): number {
  const before = active;
  active = site;
  return before;
}

/** Where the running operator stands; undefined in code that was not transformed. */
export function activePlace(): SourceLocation | undefined {
  return active === 0 ? undefined : placeOf(active);
}
