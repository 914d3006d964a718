import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import ts from "typescript";
import { weft } from "weftjs/rollup";

/** TypeScript without its types; what was written with operators comes here already rewritten. */
const typescript = {
  name: "typescript",
  resolveId(source, importer) {
    if (!importer || !source.startsWith(".")) return null;
    const file = join(importer, "..", source.replace(/\.js$/, ".ts"));
    return existsSync(file) ? file : null;
  },
  transform(code, id) {
    if (!id.endsWith(".ts")) return null;
    const { outputText, sourceMapText } = ts.transpileModule(code, {
      fileName: id,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, sourceMap: true },
    });
    return { code: outputText, map: sourceMapText };
  },
};

export default {
  input: join(import.meta.dirname, "main.ts"),
  // Loaded by Node alone, never by a page.
  external: /^node:/,
  plugins: [weft(), typescript, nodeResolve()],
  output: { dir: join(import.meta.dirname, "dist"), format: "es", sourcemap: true },
};
