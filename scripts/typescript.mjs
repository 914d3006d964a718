import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// `require` loads the compiler three times as fast as `import`.
const ts = createRequire(import.meta.url)("typescript");
const baseConfig = fileURLToPath(new URL("../tsconfig.base.json", import.meta.url));
let options;

export function compilerOptions() {
  options ??= ts.convertCompilerOptionsFromJson(
    ts.readConfigFile(baseConfig, ts.sys.readFile).config.compilerOptions,
    ".",
  ).options;
  return options;
}

/** One file's JavaScript. Needs no other file, because `isolatedModules` is on. */
export function toJavaScript(code, fileName, compilerOptions) {
  const { outputText, sourceMapText } = ts.transpileModule(code, { fileName, compilerOptions });
  return {
    code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"),
    map: JSON.parse(sourceMapText),
  };
}

/** One file's types. Needs no other file, because `isolatedDeclarations` is on. */
export function toDeclarations(code, fileName, compilerOptions) {
  const { outputText, diagnostics } = ts.transpileDeclaration(code, { fileName, compilerOptions });
  const faults = diagnostics.map((fault) => {
    const { line } = ts.getLineAndCharacterOfPosition(fault.file, fault.start);
    return `${fileName}:${line + 1}: ${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}`;
  });
  if (faults.length > 0) throw new Error(faults.join("\n"));
  // Without the standard library, which it does not load here, TypeScript takes a method that is named by a symbol
  // for a late assignment too, and declares it twice.
  return outputText.replace(/^ +(?:\/\*\*.*\*\/\n +)?\[Symbol\.\w+\]: \(.*\n/gm, "");
}
