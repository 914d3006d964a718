import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { resolveFrom } from "./resolve-from.js";

/** What the examples offer at this entry. They depend on this package, so it may only ask for them by name. */
const ENTRY = "@weftjs/examples/commands";

interface ExampleCommands {
  readonly addCommands: (program: Command) => void;
}

/** Adds `demo`, `train` and `bench` where the examples are installed, in the working directory or beside this. */
export async function addExampleCommands(program: Command): Promise<void> {
  const file = resolveFrom(join(process.cwd(), "package.json"), ENTRY) ?? resolveFrom(import.meta.url, ENTRY);
  if (file === undefined) return;
  const { addCommands } = (await import(pathToFileURL(file).href)) as ExampleCommands; // a module of that entry
  addCommands(program);
}
