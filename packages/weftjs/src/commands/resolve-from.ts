import { createRequire } from "node:module";

/** The file behind a module's name as code in `place` (a path or file URL) would find it; undefined for none. */
export function resolveFrom(place: string, specifier: string): string | undefined {
  try {
    return createRequire(place).resolve(specifier);
  } catch {
    return undefined;
  }
}
