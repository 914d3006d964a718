import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WeftError } from "@weftjs/ir";
import { compiler } from "./compiler.js";
import { compileModule } from "./compile-module.js";
import { formatOf } from "./module-format.js";
import { resolveTypeScript } from "./node-hooks.js";
import { SCRIPT } from "./transform-file.js";

/** A file that belongs to the build, and what its relative imports name. */
interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: ReadonlyMap<string, string>;
}

/**
 * Compiles files, and those that they import by path, into a folder: operators become calls, types go, `./x.ts` and
 * `./x` become `./x.js`. Each result stands where its source stood, from the folder that holds all, with its source
 * map. What else is imported by path is copied. Gives the files written.
 *
 * @throws W5013 for a file that is not there; W5014 where two files would become one.
 */
export async function buildFiles(entries: readonly string[], out: string): Promise<string[]> {
  const sources = collect(entries.map((entry) => resolve(entry)));
  const root = commonFolder(sources.map(({ file }) => file));
  const targets = new Map<string, string>();
  for (const { file } of sources)
    targets.set(file, join(out, relative(root, file).replace(/\.([cm]?)tsx?$/, ".$1js")));
  checkDistinct(targets);
  const written: string[] = [];
  for (const source of sources) written.push(...(await writeCompiled(source, targets)));
  return written;
}

function collect(entries: readonly string[]): Source[] {
  const found = new Map<string, Source>();
  const waiting = entries.map((file) => ({ file, by: undefined as string | undefined }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { file, by } = next;
    if (found.has(file)) continue;
    if (!existsSync(file) || !statSync(file).isFile()) throw missing(file, by);
    const text = SCRIPT.test(file) ? readFileSync(file, "utf8") : "";
    const imports = new Map(relativeImports(text).map((name) => [name, resolveImport(name, file)]));
    found.set(file, { file, text, imports });
    for (const target of imports.values()) waiting.push({ file: target, by: file });
  }
  return [...found.values()];
}

function relativeImports(text: string): string[] {
  return compiler
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => /^\.\.?(?:\/|$)/.test(name));
}

function resolveImport(name: string, importer: string): string {
  const parent = pathToFileURL(importer).href;
  return fileURLToPath(resolveTypeScript(name, parent) ?? new URL(name, parent).href);
}

function commonFolder(files: readonly string[]): string {
  const [first, ...rest] = files.map((file) => dirname(file).split(sep));
  let length = first!.length;
  for (const parts of rest) {
    while (length > 0 && parts.slice(0, length).join(sep) !== first!.slice(0, length).join(sep)) length--;
  }
  return first!.slice(0, length).join(sep) || sep;
}

async function writeCompiled(source: Source, targets: ReadonlyMap<string, string>): Promise<string[]> {
  const { file, text, imports } = source;
  const target = targets.get(file)!;
  await mkdir(dirname(target), { recursive: true });
  if (!SCRIPT.test(file)) {
    await writeFile(target, readFileSync(file));
    return [target];
  }
  const rename = (name: string): string => {
    const imported = imports.get(name);
    return imported === undefined ? name : importPath(target, targets.get(imported)!);
  };
  // With names to change, JavaScript is compiled too.
  const { code, map } = compileModule(text, file, formatOf(file, text), { rename })!;
  const mapFile = `${target}.map`;
  const named = { ...map, file: undefined, sources: [relative(dirname(target), file).split(sep).join("/")] };
  await writeFile(target, `${code}//# sourceMappingURL=${mapFile.slice(dirname(mapFile).length + 1)}\n`);
  await writeFile(mapFile, JSON.stringify(named));
  return [target, mapFile];
}

function importPath(from: string, to: string): string {
  const path = relative(dirname(from), to).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

function missing(file: string, by: string | undefined): WeftError {
  return new WeftError({
    code: "W5013",
    message: by ? `${by} imports ${file}, which is not there` : `there is no file ${file}`,
    hint: "imports by path are looked up as TypeScript does: ./x.js may name ./x.ts, and so may ./x",
  });
}

function checkDistinct(targets: ReadonlyMap<string, string>): void {
  const owners = new Map<string, string>();
  for (const [file, target] of targets) {
    const other = owners.get(target);
    if (other !== undefined) {
      throw new WeftError({
        code: "W5014",
        message: `${other} and ${file} would both become ${target}`,
        hint: "give one of them another name",
      });
    }
    owners.set(target, file);
  }
}
