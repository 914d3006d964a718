import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { compilerOptions, toJavaScript } from "./scripts/typescript.mjs";

/** Every module that a package's manifest offers: its `exports` under `weft-source`. */
export function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const sources = Object.values(manifest.exports).map((target) => target["weft-source"]);
  // The command line is not importable, so no export names it.
  if (manifest.bin) sources.push("./src/cli.ts");
  return sources
    .filter((source) => source && existsSync(join(folder, source)))
    .map((source) => join(folder, source));
}

/** `./x.js` in a source file names `./x.ts`, as TypeScript reads it. */
const typescript = {
  name: "typescript",
  resolveId(source, importer) {
    if (!importer || !source.startsWith(".")) return null;
    const file = resolve(dirname(importer), source.replace(/\.js$/, ".ts"));
    return existsSync(file) ? file : null;
  },
  transform(code, id) {
    return id.endsWith(".ts") ? toJavaScript(code, id, compilerOptions()) : null;
  },
};

/** One package's rollup options. Whatever is not its own source stays an import. */
export function packageConfig(folder) {
  const source = join(folder, "src");
  const input = entriesOf(folder).map((file) => [relative(source, file).replace(/\.ts$/, ""), file]);
  return {
    input: Object.fromEntries(input),
    external: (id) => !id.startsWith(".") && !id.startsWith("/") && !/^[A-Za-z]:/.test(id),
    plugins: [typescript],
    output: {
      dir: join(folder, "dist"),
      format: "es",
      sourcemap: true,
      chunkFileNames: "chunks/[name].js",
    },
  };
}
