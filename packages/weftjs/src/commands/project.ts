import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { WeftError } from "@weftjs/ir";
import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";

export interface Project {
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
}

/** Where no tsconfig.json says otherwise. */
const DEFAULTS: ts.CompilerOptions = {
  strict: true,
  target: compiler.ScriptTarget.ESNext,
  module: compiler.ModuleKind.ESNext,
  moduleResolution: compiler.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * What to check: files, with the options of the tsconfig.json above the first, or all files of a tsconfig.json, given
 * by itself or by its folder. @throws W5015 for what is not there or cannot be read.
 */
export function projectOf(paths: readonly string[]): Project {
  const [first = "."] = paths;
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw unreadable(`there is no file and no folder ${missing}`);
  if (paths.length <= 1 && statSync(first).isDirectory())
    return projectAt(join(resolve(first), "tsconfig.json"));
  if (paths.length === 1 && first.endsWith(".json")) return projectAt(resolve(first));
  const config = compiler.findConfigFile(resolve(first), (file) => existsSync(file));
  const options = config ? projectAt(config).options : DEFAULTS;
  return { files: paths.map((path) => resolve(path)), options };
}

function projectAt(config: string): Project {
  if (!existsSync(config)) throw unreadable(`there is no ${config}`);
  let fault: ts.Diagnostic | undefined;
  const parsed = compiler.getParsedCommandLineOfConfigFile(
    config,
    {},
    {
      ...compiler.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => void (fault = diagnostic),
    },
  );
  const [error = fault] = parsed?.errors ?? [];
  if (!parsed || error)
    throw unreadable(`${config}: ${compiler.flattenDiagnosticMessageText(error?.messageText, " ")}`);
  return { files: parsed.fileNames, options: parsed.options };
}

function unreadable(message: string): WeftError {
  return new WeftError({
    code: "W5015",
    message,
    hint: "name files, a tsconfig.json, or a folder that has one",
  });
}
