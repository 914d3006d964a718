// `node --import weftjs/register file.ts`: Node runs TypeScript, with operators on tensors in marked files.
import * as node from "node:module";
import { loadModule, resolveTypeScript } from "./node-hooks.js";

type Resolve = (specifier: string, context: object) => unknown;
type Load = (url: string, context: object) => unknown;

/** In Node 22.15 and later: hooks that run on the thread of the program. */
interface SyncHooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: { readonly parentURL?: string }, next: Resolve): unknown;
    load(url: string, context: object, next: Load): unknown;
  }): void;
}

const INSTALLED = Symbol.for("weft.loader");

function install(): void {
  // Stack traces and error frames show the file as it is on disk.
  process.setSourceMapsEnabled(true);
  const { registerHooks } = node as SyncHooks;
  if (registerHooks) {
    registerHooks({
      resolve(specifier, context, next) {
        const url = resolveTypeScript(specifier, context.parentURL);
        return url ? { url, shortCircuit: true } : next(specifier, context);
      },
      load: (url, context, next) => loadModule(url) ?? next(url, context),
    });
  } else {
    const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
    node.register(`./node-worker-hooks.${ending}`, import.meta.url);
  }
}

// Two copies of the library, or the command line inside a registered Node, need the hooks once.
const flags = globalThis as { [INSTALLED]?: true };
if (!flags[INSTALLED]) {
  flags[INSTALLED] = true;
  install();
}
