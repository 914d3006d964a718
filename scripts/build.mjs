// Builds the packages whose sources changed: rollup makes the JavaScript, TypeScript the declarations.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { rollup } from "rollup";
import { packageConfig } from "../rollup.config.mjs";
import { compilerOptions, toDeclarations } from "./typescript.mjs";
import * as workspace from "./workspace.mjs";

const builders = [
  "rollup.config.mjs",
  "tsconfig.base.json",
  "scripts/build.mjs",
  "scripts/typescript.mjs",
].map((file) => join(workspace.root, file));

async function build(name) {
  const folder = workspace.packageFolder(name);
  const sources = workspace.sourceFiles(join(folder, "src")).filter((file) => !workspace.isTest(file));
  const stampFile = join(folder, "dist/.stamp");
  const stamp = workspace.fingerprint([...sources, join(folder, "package.json"), ...builders]);
  if (workspace.readText(stampFile) === stamp) return false;

  rmSync(join(folder, "dist"), { recursive: true, force: true });
  await writeJavaScript(packageConfig(folder));
  for (const file of sources) writeDeclarations(folder, file);
  // Last, so that a build cut short starts over.
  writeFileSync(stampFile, stamp);
  return true;
}

async function writeJavaScript({ output, ...input }) {
  const bundle = await rollup({ ...input, onwarn: reportWarning });
  await bundle.write(output);
  await bundle.close();
}

function reportWarning(warning, report) {
  // An index that only re-exports types is an empty module, rightly; and what TypeScript adds to lower `using`
  // asks for a global `this`, which a module has not, and does without it.
  if (!["EMPTY_BUNDLE", "THIS_IS_UNDEFINED", "SOURCEMAP_ERROR"].includes(warning.code)) report(warning);
}

function writeDeclarations(folder, file) {
  const target = join(folder, "dist", relative(join(folder, "src"), file).replace(/\.ts$/, ".d.ts"));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, toDeclarations(readFileSync(file, "utf8"), file, compilerOptions()));
}

const start = performance.now();
const built = [];
try {
  for (const name of workspace.packageNames) {
    if (await build(name)) built.push(name);
  }
} catch (error) {
  // What fails here is a source file: its place and the reason say all, the stack is only ours.
  console.error(error.message, error.frame ?? "");
  process.exit(1);
}
const summary = `built ${built.join(", ")} in ${workspace.secondsSince(start)}`;
console.log(built.length > 0 ? summary : "build is up to date");
