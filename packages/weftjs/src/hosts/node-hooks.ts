import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileModule } from "./compile-module.js";
import { inlineMap } from "./inline-map.js";
import { formatOf } from "./module-format.js";
import { SCRIPT } from "./transform-file.js";

export interface LoadedModule {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: true;
}

/** A module by URL, compiled; undefined for what Node loads by itself. */
export function loadModule(url: string): LoadedModule | undefined {
  if (!url.startsWith("file:") || !SCRIPT.test(url)) return undefined;
  const file = fileURLToPath(url.replace(/[?#].*$/, ""));
  // TypeScript in packages is theirs to compile, and Node does not read it either.
  if (/[\\/]node_modules[\\/]/.test(file) || !existsSync(file)) return undefined;
  const code = readFileSync(file, "utf8");
  const format = formatOf(file, code);
  const made = compileModule(code, file, format);
  return made ? { format, source: made.code + inlineMap(made.map), shortCircuit: true } : undefined;
}

const ENDINGS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, [".ts", ".tsx"]],
  [/\.jsx$/, [".tsx"]],
  [/\.mjs$/, [".mts"]],
  [/\.cjs$/, [".cts"]],
];

/**
 * The URL of the TypeScript behind a relative import, as TypeScript itself reads it: `./x.js` may name `./x.ts`, `./x`
 * may too, and a folder its index. Undefined where the import names a file that is there, or nothing.
 */
export function resolveTypeScript(specifier: string, parent: string | undefined): string | undefined {
  if (!parent?.startsWith("file:") || !/^\.{0,2}\//.test(specifier)) return undefined;
  const url = new URL(specifier, parent);
  if (isFile(url)) return undefined;
  return candidates(url).find(isFile)?.href;
}

function candidates(url: URL): URL[] {
  const path = url.href.replace(/[?#].*$/, "");
  const swapped = ENDINGS.filter(([ending]) => ending.test(path)).flatMap(([ending, others]) =>
    others.map((other) => path.replace(ending, other)),
  );
  const added = [".ts", ".tsx", ".js", "/index.ts", "/index.tsx", "/index.js"].map((ending) => path + ending);
  return [...swapped, ...added].map((href) => new URL(href));
}

function isFile(url: URL): boolean {
  return statSync(fileURLToPath(url), { throwIfNoEntry: false })?.isFile() ?? false;
}
