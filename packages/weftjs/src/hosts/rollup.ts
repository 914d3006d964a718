import { type FilePattern, type HostOptions, MARK, SCRIPT, transformFile } from "./transform-file.js";

export type { FilePattern, HostOptions };

/** A plugin as rollup, rolldown, vite and vitest take it, typed without any of them. */
export interface WeftPlugin {
  readonly name: "weft";
  /** For vite: before TypeScript becomes JavaScript. */
  readonly enforce: "pre";
  readonly transform: {
    readonly order: "pre";
    /** Bundlers that know filters ask for no other file. */
    readonly filter: { readonly id: RegExp; readonly code?: RegExp };
    readonly handler: (code: string, id: string) => { code: string; map: RawSourceMap } | null;
  };
}

/** A source map as bundlers take it. */
interface RawSourceMap {
  version: number;
  sources: string[];
  sourcesContent?: string[];
  names: string[];
  mappings: string;
}

/**
 * Operators on tensors, for rollup, rolldown, vite and vitest: `plugins: [weft()]`. A file is transformed if it imports
 * from `weftjs` or says `'use weft'`; `'no weft'` opts it out.
 */
export function weft(options: HostOptions = {}): WeftPlugin {
  const filter = options.include === undefined ? { id: SCRIPT, code: MARK } : { id: SCRIPT };
  return {
    name: "weft",
    enforce: "pre",
    transform: {
      order: "pre",
      filter,
      handler: (code, id) => transformFile(code, id, options) as { code: string; map: RawSourceMap } | null,
    },
  };
}
