import { fileURLToPath } from "node:url";
import { type FilePattern, type HostOptions, SCRIPT } from "./transform-file.js";

export type { FilePattern, HostOptions };

/** What of a webpack compiler the plugin touches. */
interface Compiler {
  readonly options: { readonly module: { readonly rules: unknown[] } };
}

/** Operators on tensors, for webpack: `plugins: [new WeftPlugin()]`. Files are chosen as in the rollup plugin. */
export class WeftPlugin {
  constructor(private readonly options: HostOptions = {}) {}

  apply(compiler: Compiler): void {
    compiler.options.module.rules.push({
      test: SCRIPT,
      // Before whatever makes JavaScript of TypeScript.
      enforce: "pre",
      use: { loader: loaderFile(), options: this.options },
    });
  }
}

/** webpack loads it by path. Built, it stands beside this file; in the sources too. */
function loaderFile(): string {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`webpack-loader.${ending}`, import.meta.url));
}
