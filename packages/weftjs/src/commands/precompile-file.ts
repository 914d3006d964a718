import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { WeftError } from "@weftjs/ir";
import type * as Precompile from "../precompile.js";
import { parseCallSpec } from "./argument-spec.js";
import { findFunction, loadModule, neighbourOf } from "./load-module.js";
import { precompileReport } from "./precompile-report.js";
import { version } from "./version.js";

export interface PrecompileFlags {
  /** Calls, as text. */
  readonly precompile: readonly string[];
  readonly target: "gpu" | "software";
  readonly trust: boolean;
}

/** Writes one module with the functions that the calls name, its declarations beside it, and says what is in it. */
export async function precompileFile(
  files: readonly string[],
  out: string,
  { precompile, target, trust }: PrecompileFlags,
): Promise<void> {
  const [specifier] = files;
  if (specifier === undefined || files.length > 1) throw oneFileOnly(files);
  const calls = precompile.map((text) => ({ ...parseCallSpec(text), text: argumentsOf(text) }));
  // Lines are then those of the source, where the module has a map.
  process.setSourceMapsEnabled(true);
  const module = await loadModule(specifier);
  const requests = calls.map(({ path, forms, text }) => ({
    name: nameOf(path, calls),
    f: findFunction(module, path, specifier),
    forms,
    text,
  }));
  const { precompileModule } = await precompileOf(specifier);
  const heading = `Precompiled by Weft ${version()} for ${target === "gpu" ? "GPUs" : "software adapters"} from ${basename(specifier)}: made by \`weft build --precompile\`, not to be edited.`;
  const made = await precompileModule(requests, { target, trust, heading });
  const file = join(out, `${basename(specifier).replace(/\.[cm]?[jt]sx?$/, "")}.js`);
  await mkdir(out, { recursive: true });
  await writeFile(file, made.code);
  await writeFile(file.replace(/\.js$/, ".d.ts"), made.types);
  console.log(precompileReport(made, relative(process.cwd(), file)));
}

/** The compiler of the copy of Weft that the user's module works with. */
async function precompileOf(specifier: string): Promise<typeof Precompile> {
  const file = neighbourOf(specifier, "weftjs/precompile");
  if (file === undefined) return import("../precompile.js");
  return (await import(pathToFileURL(file).href)) as typeof Precompile; // the entry of that name
}

function argumentsOf(call: string): string {
  return call.slice(call.indexOf("(") + 1, call.lastIndexOf(")")).trim();
}

/** In the module a function goes by the last part of its path. */
function nameOf(path: string, calls: readonly { readonly path: string }[]): string {
  const name = path.split(".").at(-1)!;
  const other = calls.find((call) => call.path !== path && call.path.split(".").at(-1) === name);
  if (other) throw nameTaken(name, `${path} and ${other.path} would both be called that`);
  if (name === "device") throw nameTaken(name, "a precompiled module has a `device` of its own");
  return name;
}

function oneFileOnly(files: readonly string[]): WeftError {
  return new WeftError({
    code: "W5016",
    message: `--precompile makes one module of one file, got ${files.join(", ")}`,
    hint: "export the functions from one file, or build one module after the other",
  });
}

function nameTaken(name: string, why: string): WeftError {
  return new WeftError({
    code: "W5017",
    message: `no function can be called ${name}: ${why}`,
    hint: "export it by another name",
  });
}
