import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModuleFormat } from "./compile-module.js";

const MODULE_SYNTAX = /^\s*(?:import|export)\b/m;

/** The `type` of the nearest manifest by folder; null where it has none. */
const types = new Map<string, string | null>();

/**
 * How Node takes a file: by `.mts` and `.cts`, by the `type` of the nearest package.json, and, where neither says
 * anything, as a module if it has imports or exports.
 */
export function formatOf(file: string, code: string): ModuleFormat {
  if (/\.m[jt]s$/.test(file)) return "module";
  if (/\.c[jt]s$/.test(file)) return "commonjs";
  const type = typeOfPackage(dirname(file));
  if (type === "module" || type === "commonjs") return type;
  return MODULE_SYNTAX.test(code) ? "module" : "commonjs";
}

function typeOfPackage(folder: string): string | null {
  const known = types.get(folder);
  if (known !== undefined) return known;
  const manifest = join(folder, "package.json");
  const parent = dirname(folder);
  let type: string | null = null;
  if (existsSync(manifest))
    type = (JSON.parse(readFileSync(manifest, "utf8")) as { type?: string }).type ?? null;
  else if (parent !== folder) type = typeOfPackage(parent);
  types.set(folder, type);
  return type;
}
