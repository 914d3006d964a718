/**
 * Holds the architecture's import rules:
 *  1. a package imports only from packages below it, and only through their entries;
 *  2. what a browser loads reaches no Node module statically, and by no way at all the transform and what it is made of;
 *  3. every other file that imports a Node module is listed here.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as workspace from "./workspace.mjs";

const below = {
  "@weftjs/ir": [],
  "@weftjs/codegen-wgsl": ["@weftjs/ir"],
  "@weftjs/runtime": ["@weftjs/ir"],
  "@weftjs/tracer": ["@weftjs/ir", "@weftjs/codegen-wgsl", "@weftjs/runtime"],
  weftjs: ["@weftjs/ir", "@weftjs/runtime", "@weftjs/codegen-wgsl", "@weftjs/tracer"],
  "@weftjs/examples": ["weftjs"],
};

/** Loaded by Node only, or behind a dynamic import that only Node takes. */
const nodeOnly = [
  /^packages\/[^/]+\/src\/(.*\/)?node\//,
  /^packages\/[^/]+\/src\/(.*\/)?[^/]*-node\.ts$/,
  /^packages\/tracer\/src\/transform\//,
  /^packages\/weftjs\/src\/(check|cli|commands|hosts|precompile|transform)(\/|[-.\w]*\.ts$)/,
  /^packages\/examples\/src\//,
];
const transform = "packages/tracer/src/transform/";
/** Packages that only build-time code needs, and that weigh megabytes. */
const buildTime = /^(typescript|ts-morph|magic-string|@jridgewell\/[a-z-]+|commander)$/;

const importPattern =
  /(?<![\w.$])(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?from\s*)?["']([^"'\n]+)["']|(?<![\w.$])import\s*\(\s*["']([^"'\n]+)["']/g;

const files = new Map(
  workspace.packageNames
    .flatMap((name) => workspace.sourceFiles(join(workspace.packageFolder(name), "src")))
    .map((file) => [inRepository(file), importsOf(file)]),
);
const faults = new Set([...directionFaults(), ...nodeFaults(), ...browserFaults()]);
for (const fault of faults) console.error(fault);
process.exit(faults.size > 0 ? 1 : 0);

function inRepository(file) {
  return relative(workspace.root, file).split(sep).join("/");
}

function importsOf(file) {
  const text = readFileSync(file, "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
  return [...text.matchAll(importPattern)].map(([, type, fixed, dynamic]) => ({
    specifier: fixed ?? dynamic,
    isType: Boolean(type),
    isDynamic: dynamic !== undefined,
  }));
}

function* directionFaults() {
  for (const [file, imports] of files) {
    const folder = file.split("/").slice(0, 2).join("/");
    const { name } = JSON.parse(readFileSync(join(workspace.root, folder, "package.json"), "utf8"));
    for (const { specifier } of imports) {
      const target = /^(@weftjs\/[^/]+|weftjs)(?=\/|$)/.exec(specifier)?.[0];
      if (target && !below[name].includes(target) && !isTestOf(file, name, target)) {
        yield `${file}: ${name} must not import ${specifier}`;
      }
      if (specifier.startsWith(".") && !pathOf(file, specifier).startsWith(`${folder}/`)) {
        yield `${file}: ${specifier} leaves the package; import its neighbour by name`;
      }
    }
  }
}

/** A test may import its own package by name, as a user does. */
function isTestOf(file, name, target) {
  return workspace.isTest(file) && name === target;
}

function* nodeFaults() {
  for (const [file, imports] of files) {
    if (workspace.isTest(file) || nodeOnly.some((pattern) => pattern.test(file))) continue;
    for (const { specifier, isType, isDynamic } of imports) {
      if (specifier.startsWith("node:") && !isType && !isDynamic) {
        yield `${file}: imports ${specifier}, but browsers load this file (Node-only files: scripts/check-imports.mjs)`;
      }
    }
  }
}

function* browserFaults() {
  const entries = workspace.packageNames
    .filter((name) => name !== "examples")
    .map((name) => `packages/${name}/src/index.ts`);
  // The operator surface, and what transformed code imports.
  entries.push("packages/weftjs/src/math.ts", "packages/weftjs/src/staging.ts");
  for (const entry of entries) yield* faultsFrom(entry, new Set());
}

function* faultsFrom(file, seen) {
  if (seen.has(file)) return;
  seen.add(file);
  for (const { specifier, isType, isDynamic } of files.get(file) ?? []) {
    if (isType) continue;
    const target = pathOf(file, specifier);
    if (buildTime.test(specifier)) yield `${file}: imports ${specifier} and is reached from a browser entry`;
    if (target?.startsWith(transform))
      yield `${file}: reaches the transform (${specifier}) from a browser entry`;
    if (isDynamic) continue;
    if (specifier.startsWith("node:"))
      yield `${file}: imports ${specifier} and is reached from a browser entry`;
    if (files.has(target)) yield* faultsFrom(target, seen);
  }
}

/** The source file behind an import, in the repository; undefined for a package from outside. */
function pathOf(file, specifier) {
  if (specifier.startsWith(".")) {
    const path = resolve(workspace.root, dirname(file), specifier.replace(/\.js$/, ".ts"));
    return inRepository(existsSync(join(path, "index.ts")) ? join(path, "index.ts") : path);
  }
  const [, name, rest] =
    /^(?:@weftjs\/)?(ir|codegen-wgsl|runtime|tracer|weftjs|examples)(\/.*)?$/.exec(specifier) ?? [];
  if (!name) return undefined;
  const path = `packages/${name}/src/${rest ? rest.slice(1) : "index"}`;
  return files.has(`${path}/index.ts`) ? `${path}/index.ts` : `${path}.ts`;
}
