import remapping from "@jridgewell/remapping";
import type ts from "typescript";
import { compiler } from "./compiler.js";
import { type HostOptions, transformFile } from "./transform-file.js";

export type ModuleFormat = "module" | "commonjs";

export interface CompiledModule {
  readonly code: string;
  /** From the JavaScript to the file as it is on disk. */
  readonly map: object;
}

export interface CompileOptions extends HostOptions {
  /** What a relative import is called in the result; by default as in the source. */
  readonly rename?: (specifier: string) => string;
}

const TYPESCRIPT = /\.[cm]?tsx?$/;

function isTypeScript(file: string): boolean {
  return TYPESCRIPT.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/**
 * The JavaScript of a file as Node runs it: transformed if it is marked, and without its types if it is TypeScript.
 * Types are taken away file by file, as with `isolatedModules`. Null where it is JavaScript already, and unmarked.
 */
export function compileModule(
  code: string,
  file: string,
  format: ModuleFormat,
  options: CompileOptions = {},
): CompiledModule | null {
  const made = transformFile(code, file, options);
  if (!isTypeScript(file) && !options.rename) return made;
  const { outputText, sourceMapText } = compiler.transpileModule(made?.code ?? code, {
    fileName: file,
    compilerOptions: transpileOptions(format),
    transformers: options.rename ? { before: [renaming(options.rename)] } : {},
  });
  const map = JSON.parse(sourceMapText!) as { sources: string[]; sourcesContent: string[] };
  // What TypeScript calls the file is relative to nowhere.
  Object.assign(map, { sources: [file], sourcesContent: [made?.code ?? code] });
  // The second round of names is the file itself, which comes from nothing.
  const composed = made ? remapping([map as never, made.map as never], () => null) : map;
  return { code: outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"), map: composed };
}

function transpileOptions(format: ModuleFormat): ts.CompilerOptions {
  const { JsxEmit, ModuleKind, ScriptTarget } = compiler;
  return {
    // The oldest Node that we support knows no `using`.
    target: ScriptTarget.ES2023,
    module: format === "module" ? ModuleKind.ESNext : ModuleKind.CommonJS,
    esModuleInterop: true,
    jsx: JsxEmit.ReactJSX,
    allowJs: true,
    sourceMap: true,
    inlineSources: true,
  };
}

/** Other names for modules, with the positions of the old ones. */
function renaming(rename: (specifier: string) => string): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = compiler;
  const renamed = (node: ts.Expression | undefined): ts.Expression | undefined =>
    node && compiler.isStringLiteral(node)
      ? compiler.setTextRange(factory.createStringLiteral(rename(node.text)), node)
      : node;
  return (context) => (source) => {
    const visit = (node: ts.Node): ts.Node => {
      if (compiler.isImportDeclaration(node)) {
        const { modifiers, importClause, moduleSpecifier, attributes } = node;
        return factory.updateImportDeclaration(
          node,
          modifiers,
          importClause,
          renamed(moduleSpecifier)!,
          attributes,
        );
      }
      if (compiler.isExportDeclaration(node)) {
        const { modifiers, isTypeOnly, exportClause, moduleSpecifier, attributes } = node;
        return factory.updateExportDeclaration(
          node,
          modifiers,
          isTypeOnly,
          exportClause,
          renamed(moduleSpecifier),
          attributes,
        );
      }
      if (compiler.isCallExpression(node) && node.expression.kind === compiler.SyntaxKind.ImportKeyword) {
        const [specifier, ...rest] = node.arguments;
        return factory.updateCallExpression(node, node.expression, undefined, [renamed(specifier)!, ...rest]);
      }
      return compiler.visitEachChild(node, visit, context);
    };
    return compiler.visitEachChild(source, visit, context);
  };
}
