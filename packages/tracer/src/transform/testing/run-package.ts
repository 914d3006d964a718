import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as staging from "../../staging/index.js";
import { syntax } from "../syntax.js";
import { transformSource } from "../transform-source.js";

/** A package's modules after the transform: what `require` gives of the file. Its dependencies stay as they are. */
export function runPackage(file: string, loaded: Map<string, LoadedModule> = new Map()): unknown {
  const known = loaded.get(file);
  if (known) return known.exports;
  const module: LoadedModule = { exports: {} };
  loaded.set(file, module);
  const resolve = createRequire(file);
  const load = (name: string): unknown => {
    if (name === "weftjs/staging") return staging;
    if (!name.startsWith(".")) return resolve(name);
    return runPackage(resolve.resolve(name), loaded);
  };
  const body = new Function("exports", "require", "module", "__filename", "__dirname", commonJs(file));
  body(module.exports, load, module, file, dirname(file));
  return module.exports;
}

/** As Node has it: modules that require each other in a circle see what is there so far. */
interface LoadedModule {
  exports: unknown;
}

function commonJs(file: string): string {
  const code = readFileSync(file, "utf8");
  const transformed = transformSource(code, file, { force: true })?.code ?? code;
  if (!/^\s*(?:import|export)\b/m.test(code)) return transformed;
  const { CommonJS: module } = syntax.ModuleKind;
  const { ES2023: target } = syntax.ScriptTarget;
  const compilerOptions = { module, target, allowJs: true, esModuleInterop: true };
  return syntax.transpileModule(transformed, { fileName: "a.ts", compilerOptions }).outputText;
}
