import { loadModule, resolveTypeScript } from "./node-hooks.js";

type Next<Args extends unknown[], Result> = (...args: Args) => Promise<Result>;

// What `module.register` runs on a thread of its own, in Node without `registerHooks`.

export async function resolve(
  specifier: string,
  context: { readonly parentURL?: string },
  next: Next<[string, object], unknown>,
): Promise<unknown> {
  const url = resolveTypeScript(specifier, context.parentURL);
  return url ? { url, shortCircuit: true } : next(specifier, context);
}

export async function load(
  url: string,
  context: object,
  next: Next<[string, object], unknown>,
): Promise<unknown> {
  return loadModule(url) ?? next(url, context);
}
