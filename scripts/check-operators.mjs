/**
 * Types of the operator surface and of what is written in it. `weftjs/math` makes every number offer what tensors do,
 * in the whole program that it is part of, and there the library's own sources would mean something else. So these
 * files stand outside of tsconfig.json, and in their program TypeScript is asked about them alone.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import * as workspace from "./workspace.mjs";

const ts = createRequire(import.meta.url)("typescript");

const config = join(workspace.root, "tsconfig.operators.json");
const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(config, {}, ts.sys);
const program = ts.createProgram(fileNames, options);
const faults = fileNames.flatMap((name) => {
  const file = program.getSourceFile(name);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
});
const all = [...errors, ...program.getOptionsDiagnostics(), ...faults];
if (all.length > 0) {
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => workspace.root,
    getNewLine: () => "\n",
  };
  console.error(ts.formatDiagnosticsWithColorAndContext(all, host));
  process.exit(1);
}
