/** Something in a user's source that does not do what it looks like. */
export interface Finding {
  /** Weft's code where the mistake has one at run time, else TypeScript's, as `TS2345`. */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  /** Offsets in the file as the user wrote it. */
  readonly start: number;
  readonly end: number;
  readonly notes?: readonly string[];
  readonly hint?: string;
}
