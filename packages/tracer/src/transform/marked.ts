import type ts from "typescript";
import { syntax } from "./syntax.js";

export const LIBRARY: RegExp = /^(?:weftjs|@weftjs\/[a-z-]+)(?:\/|$)/;
/** The library's own files, installed: never transformed. */
const OWN = /[\\/]node_modules[\\/](?:weftjs|@weftjs)[\\/]/;

/** Whether the text may be of a marked file. Cheap, and never false for one that is. */
export function mayBeMarked(code: string): boolean {
  return code.includes("weftjs") || code.includes("use weft");
}

/**
 * Whether a file asks for the transform: it imports from the library, for types alone too, or re-exports from it, or
 * says `'use weft'`; and does not say `'no weft'`.
 */
export function isMarked(source: ts.SourceFile): boolean {
  const directives = directivesOf(source);
  if (directives.includes("no weft") || OWN.test(source.fileName)) return false;
  return directives.includes("use weft") || source.statements.some(namesLibrary);
}

function namesLibrary(statement: ts.Statement): boolean {
  if (!syntax.isImportDeclaration(statement) && !syntax.isExportDeclaration(statement)) return false;
  const specifier = statement.moduleSpecifier;
  return specifier !== undefined && syntax.isStringLiteral(specifier) && LIBRARY.test(specifier.text);
}

function directivesOf(source: ts.SourceFile): readonly string[] {
  return source.statements.slice(0, directiveCount(source.statements)).map(directiveText);
}

/** How many of the first statements are directives. */
export function directiveCount(statements: readonly ts.Statement[]): number {
  const first = statements.findIndex(
    (statement) => !syntax.isExpressionStatement(statement) || !syntax.isStringLiteral(statement.expression),
  );
  return first < 0 ? statements.length : first;
}

function directiveText(statement: ts.Statement): string {
  return ((statement as ts.ExpressionStatement).expression as ts.StringLiteral).text;
}
