import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { WeftError } from "@weftjs/ir";
import type * as Weft from "../index.js";
import { resolveFrom } from "./resolve-from.js";

type Loaded = Readonly<Record<string, unknown>>;

export type AnyFunction = (...args: unknown[]) => unknown;

/** The copy of Weft that a user's module works with, or this one: tensors of two copies do not mix. */
export async function weftOf(specifier: string): Promise<typeof Weft> {
  const file = neighbourOf(specifier, "weftjs");
  if (file === undefined) return import("../index.js");
  return (await import(pathToFileURL(file).href)) as typeof Weft; // the entry of that name
}

/** What a module's name means to a user's module; undefined for nothing. */
export function neighbourOf(specifier: string, name: string): string | undefined {
  return resolveFrom(fileOf(specifier), name);
}

/** Imports a user's module: a file, or the name of an installed package's entry. W5010 where it does not load. */
export async function loadModule(specifier: string): Promise<Loaded> {
  const file = fileOf(specifier);
  // From here on Node runs TypeScript, with operators on tensors.
  await import("../hosts/register.js");
  try {
    return (await import(pathToFileURL(file).href)) as Loaded;
  } catch (cause) {
    if (!isUnknownExtension(cause)) throw cause;
    throw new WeftError({
      code: "W5010",
      message: `this Node, ${process.version}, does not load ${specifier}`,
      hint: "TypeScript and JavaScript are loaded; compile what it is to one of them, with a source map to keep its lines",
      cause,
    });
  }
}

function fileOf(specifier: string): string {
  if (existsSync(specifier)) return realpathSync(resolve(specifier));
  const file = resolveFrom(join(process.cwd(), "package.json"), specifier);
  if (file !== undefined) return file;
  throw new WeftError({
    code: "W5010",
    message: `there is no file and no installed package ${JSON.stringify(specifier)} here`,
    notes: [`here is ${process.cwd()}`],
  });
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION";
}

/** An exported function by its name; `model.loss` looks inside an exported object. W5011 where there is none. */
export function findFunction(module: Loaded, path: string, specifier: string): AnyFunction {
  let found: unknown = module;
  for (const name of path.split("."))
    found = isContainer(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  if (typeof found === "function") return found as AnyFunction; // what it takes only a call can tell
  const names = Object.keys(module).filter((name) => typeof module[name] === "function");
  throw new WeftError({
    code: "W5011",
    message: `${specifier} exports no function ${JSON.stringify(path)}`,
    notes: [names.length > 0 ? `it exports ${names.join(", ")}` : "it exports no function at all"],
    hint: "--fn names the one to inspect",
  });
}

function isContainer(value: unknown): value is Loaded {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
