import { dirname, join } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMarked } from "@weftjs/tracer/transform";
import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";
import { type Rewritten, rewriteOperators } from "./rewrite.js";

/** A file as the user wrote it, and as TypeScript is asked about it. */
export interface CheckedFile {
  readonly name: string;
  readonly source: ts.SourceFile;
  readonly rewritten: Rewritten;
}

export interface CheckProgram {
  readonly program: ts.Program;
  readonly files: readonly CheckedFile[];
}

/** By file, the offsets of number literals that stand for tensors too. */
export type Widened = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * The declarations that give operators their types: of the copy of the library that the files themselves see, because
 * tensors of two copies are two types; without one, of this.
 */
function typesFile(files: readonly string[], options: ts.CompilerOptions): string {
  for (const file of files) {
    const found = compiler.resolveModuleName("weftjs/math", file, options, compiler.sys).resolvedModule;
    const types = found && typesBeside(dirname(found.resolvedFileName));
    if (types) return types;
  }
  // In the sources this file stands in `src/check`, installed somewhere in `dist`.
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const types = typesBeside(folder);
    if (types) return types;
  }
  throw new Error("the package has lost its types");
}

function typesBeside(folder: string): string | undefined {
  const files = ["ts", "d.ts"].map((ending) => join(folder, `math/operator-types.${ending}`));
  return files.find((file) => existsSync(file))?.replaceAll("\\", "/"); // as TypeScript writes paths
}

/** What the operator surface calls a tensor, and what takes its place: no number, but a number may stand for one. */
const LOOSE = /^export type Tensor = number & \{[^}]*\};$/m;
const STRICT = "export interface Tensor extends TensorMembers { readonly [index: number]: Tensor }";

/**
 * A program in which operators on tensors have the types of their results, and a tensor is no number: the operator
 * surface with another `Tensor`, and the marked files with operators as calls.
 */
export function createProgram(
  names: readonly string[],
  options: ts.CompilerOptions,
  widened: Widened,
  before: ts.Program | undefined,
): CheckProgram {
  const types = typesFile(names, options);
  const tensorFile = types.replace("operator-types.", "tensor.");
  const host = compiler.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  const files = new Map<string, CheckedFile>();
  const kept = new Map<string, ts.SourceFile | undefined>();
  for (const file of before?.getSourceFiles() ?? []) kept.set(file.fileName, file);
  host.getSourceFile = (name, version, ...rest) => {
    if (names.includes(name)) {
      const file = checkedFile(name, version, widened.get(name) ?? new Set());
      if (file) {
        files.set(name, file);
        return compiler.createSourceFile(name, file.rewritten.text, version, true);
      }
    }
    if (name === tensorFile) return compiler.createSourceFile(name, strictText(name), version, true);
    return kept.get(name) ?? read(name, version, ...rest);
  };
  const program = compiler.createProgram([...names, types], { ...options, noEmit: true }, host);
  return { program, files: [...files.values()] };
}

function checkedFile(
  name: string,
  version: ts.ScriptTarget | ts.CreateSourceFileOptions,
  widened: ReadonlySet<number>,
): CheckedFile | undefined {
  const source = compiler.createSourceFile(name, readFileSync(name, "utf8"), version, true);
  if (!isMarked(source)) return undefined;
  return { name, source, rewritten: rewriteOperators(source, widened, !isStrict(source)) };
}

/** Written for the strict surface alone, where TypeScript itself refuses operators on tensors. */
function isStrict(source: ts.SourceFile): boolean {
  const imported = source.statements.flatMap((statement) =>
    compiler.isImportDeclaration(statement) && compiler.isStringLiteral(statement.moduleSpecifier)
      ? [statement.moduleSpecifier.text]
      : [],
  );
  return imported.includes("weftjs") && !imported.includes("weftjs/math");
}

function strictText(name: string): string {
  const text = readFileSync(name, "utf8");
  if (!LOOSE.test(text)) throw new Error(`${name} does not declare Tensor as it did`);
  return text.replace(LOOSE, STRICT);
}
