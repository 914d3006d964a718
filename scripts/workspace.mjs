import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** In the order of their imports: no package imports one to its right. */
export const packageNames = ["ir", "codegen-wgsl", "runtime", "tracer", "weftjs", "examples"];

export const packageFolder = (name) => join(root, "packages", name);

/** All TypeScript files under a folder, sorted. */
export function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export const isTest = (file) => /\.test\.ts$|[\\/](test|fixtures)[\\/]/.test(file);

/** Changes with any file's name or content. */
export function fingerprint(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

export const readText = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

/** `1.2 s` since a moment of `performance.now()`. */
export const secondsSince = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
