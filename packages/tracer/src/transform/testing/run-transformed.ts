import type { SourceMap } from "magic-string";
import * as weft from "../../index.js";
import * as staging from "../../staging/index.js";
import { syntax } from "../syntax.js";
import { transformSource, type TransformOptions } from "../transform-source.js";

export interface TransformedModule {
  /** What the module exports; tests know what that is. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a module of the test's own, known to nobody else
  readonly exports: Record<string, any>;
  /** The emitted TypeScript. */
  readonly code: string;
  readonly map: SourceMap | null;
}

/**
 * Transforms a module, whether marked or not, takes its types away and runs it. It may import from `weftjs`; all else that
 * it imports is taken from `others`.
 */
export function runTransformed(
  source: string,
  fileName = "model.ts",
  options: TransformOptions = { force: true },
  others: object = weft,
): TransformedModule {
  const result = transformSource(source, fileName, options);
  const code = result?.code ?? source;
  return { exports: runModule(code, fileName, others), code, map: result?.map ?? null };
}

/** Runs a TypeScript module as it is. */
function runModule(code: string, fileName: string, others: object): TransformedModule["exports"] {
  const { ES2023: target } = syntax.ScriptTarget;
  const { CommonJS: module } = syntax.ModuleKind;
  const { outputText } = syntax.transpileModule(code, { fileName, compilerOptions: { module, target } });
  const exports = {};
  // The text is a test's own.
  new Function("exports", "require", outputText)(exports, (name: string) =>
    name === "weftjs/staging" ? staging : name === "weftjs" ? weft : others,
  );
  return exports;
}
