// Builds the packages whose sources changed: rollup makes the JavaScript, TypeScript the declarations.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build as bundle } from "esbuild";
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
  const bundled = name === "runtime" ? workspace.sourceFiles(join(workspace.packageFolder("ir"), "src")) : [];
  const stamp = workspace.fingerprint([...sources, ...bundled, join(folder, "package.json"), ...builders]);
  if (workspace.readText(stampFile) === stamp) return false;

  rmSync(join(folder, "dist"), { recursive: true, force: true });
  await writeJavaScript(packageConfig(folder));
  for (const file of sources) writeDeclarations(folder, file);
  if (name === "runtime") await bundlePrecompiled(folder);
  // Last, so that a build cut short starts over.
  writeFileSync(stampFile, stamp);
  return true;
}

/** What precompiled modules carry with them, as one small script: who uses `weft build` needs no bundler. */
async function bundlePrecompiled(folder) {
  await bundle({
    entryPoints: [join(folder, "src/precompiled/index.ts")],
    outfile: join(folder, "dist/precompiled-bundle.js"),
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "weft",
    target: "es2022",
    conditions: ["weft-source"],
    logLevel: "warning",
  });
}

async function writeJavaScript({ output, ...input }) {
  const built = await rollup({ ...input, onwarn: reportWarning });
  await built.write(output);
  await built.close();
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
