import { readFileSync } from "node:fs";

/** The version of the `weftjs` package that this file belongs to. */
export function version(): string {
  // From src/commands and from dist alike, the manifest is the first one upwards.
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), "utf8");
      return (JSON.parse(text) as { version: string }).version; // our own manifest always has one
    } catch {
      continue;
    }
  }
  return "unknown";
}
