import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { inlineMap } from "./inline-map.js";
import { type FilePattern, type HostOptions, SCRIPT, transformFile } from "./transform-file.js";

export type { FilePattern, HostOptions };

type Loader = "js" | "jsx" | "ts" | "tsx";

/** A plugin as esbuild takes it, typed without it. */
export interface WeftEsbuildPlugin {
  readonly name: "weft";
  setup(build: {
    onLoad(
      options: { filter: RegExp; namespace?: string },
      callback: (args: {
        path: string;
      }) => Promise<{ contents: string; loader: Loader; watchFiles: string[] } | undefined>,
    ): void;
  }): void;
}

/** Operators on tensors, for esbuild: `plugins: [weft()]`. Files are chosen as in the rollup plugin. */
export function weft(options: HostOptions = {}): WeftEsbuildPlugin {
  return {
    name: "weft",
    setup(build) {
      build.onLoad({ filter: SCRIPT, namespace: "file" }, async ({ path }) => {
        const made = transformFile(await readFile(path, "utf8"), path, options);
        // esbuild composes its own map with the one it finds in the text.
        return made
          ? { contents: made.code + inlineMap(made.map), loader: loaderOf(path), watchFiles: [path] }
          : undefined;
      });
    },
  };
}

function loaderOf(path: string): Loader {
  const ending = extname(path).replace(/^\.[cm]?/, "") as Loader; // SCRIPT has let no other pass
  return ending === "js" ? "jsx" : ending;
}
