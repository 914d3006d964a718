import { isAbsolute, relative, sep } from "node:path";
import { isOwnFile, type Transformed, transformSource } from "@weftjs/tracer/transform";

export type FilePattern = RegExp | string;

export interface HostOptions {
  /** Files to transform besides those that import from the library or say `'use weft'`: patterns, or parts of paths. */
  readonly include?: FilePattern | readonly FilePattern[];
  /** Files to leave alone. */
  readonly exclude?: FilePattern | readonly FilePattern[];
}

/** What the transform reads: by its ending, with whatever a bundler appends to it. */
export const SCRIPT: RegExp = /\.[cm]?[jt]sx?(?:\?.*)?$/;
/** What a marked file has in it somewhere. Decides nothing, but spares most files the reading. */
export const MARK: RegExp = /weftjs|use weft/;

/**
 * The transform of one file for any host, or null where it stays as it is. The library's own files are never
 * transformed, by no option. In messages and dumps the file is called by its path from the working directory.
 */
export function transformFile(code: string, id: string, options: HostOptions = {}): Transformed | null {
  const file = id.replace(/[?#].*$/, "");
  if (id.startsWith("\0") || !SCRIPT.test(file) || isOwnFile(file)) return null;
  if (matches(file, options.exclude)) return null;
  const force = matches(file, options.include);
  if (!force && !MARK.test(code)) return null;
  return transformSource(code, file, { force, displayName: displayName(file) });
}

function matches(file: string, patterns: HostOptions["include"] = []): boolean {
  return [patterns]
    .flat()
    .some((pattern) => (typeof pattern === "string" ? file.includes(pattern) : pattern.test(file)));
}

function displayName(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path.split(sep).join("/");
}
