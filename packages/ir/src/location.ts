/** A place in the user's source. Lines and columns count from 1. */
export interface SourceLocation {
  /** As the engine names it: a path or an address. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The variable that the value made there is given to, where transformed source says so. */
  readonly name?: string;
}

/** `model.ts:12:5`, the file by its last name alone. */
export function formatLocation(location: SourceLocation): string {
  const name = location.file.split(/[\\/]/).pop() ?? location.file;
  return `${name}:${location.line}:${location.column}`;
}
