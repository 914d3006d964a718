import type { SourceLocation } from "@weftjs/ir";

/** Where transformed source keeps what it knows of a function. */
export const CLOSEDNESS: unique symbol = Symbol.for("weft.closedness") as never;

/** What a function's text says of what it depends on, besides its arguments. */
export interface Closedness {
  /** The values of the variables that it captures, now. Throws while one of them has none. */
  captures(): readonly unknown[];
  readonly names: readonly string[];
  /** Those of them that are given other values somewhere, and where. */
  changes(): ReadonlyMap<string, SourceLocation | undefined>;
  /** What in it may change without anyone knowing; null for nothing. */
  readonly obstacle: { readonly what: string; readonly place: SourceLocation | undefined } | null;
}

/** Undefined for a function that was not transformed. */
export function closednessOf(f: object): Closedness | undefined {
  return (f as { [CLOSEDNESS]?: Closedness })[CLOSEDNESS];
}
