import MagicString, { type SourceMap } from "magic-string";
import type ts from "typescript";
import { rewriteElement, rewriteMath } from "./access.js";
import { rewriteCompound, rewriteElementAssignment, rewriteStep } from "./assignments.js";
import { rewriteBirth } from "./births.js";
import { CapturedWrites } from "./captured-writes.js";
import { rewriteExposed } from "./exposed.js";
import { directiveCount, isMarked, mayBeMarked } from "./marked.js";
import { rewriteBinary, rewriteUnary } from "./operators.js";
import { plainValues } from "./plain-values.js";
import type { Decision, Rewriting } from "./rewriting.js";
import { analyseNames } from "./names.js";
import { StagingPlan } from "./staging-plan.js";
import { decide, rewriteConditional, rewriteIf, rewriteLogical } from "./branches.js";
import { rewriteLogicalAssignment } from "./logical-assignments.js";
import { rewriteTruth } from "./predicates.js";
import { rewriteChain } from "./optional-chains.js";
import { isLoop } from "./loop-obstacles.js";
import { rewriteJump, rewriteLoop, rewriteReturn } from "./loops.js";
import { rewriteMutation } from "./mutations.js";
import { rewriteFunction } from "./functions.js";
import { rewriteLibraryCall } from "./library-calls.js";
import { SiteTable } from "./site-table.js";
import { forEachRunningChild, syntax } from "./syntax.js";

export interface TransformOptions {
  /** Transforms the file whether it is marked or not. `'no weft'` in it counts for nothing then. */
  readonly force?: boolean;
  /** What emitted code imports the run-time module by; `weftjs/staging` unless said otherwise. */
  readonly runtime?: string;
  /** What the file is called in error messages and dumps; `fileName` unless said otherwise. */
  readonly displayName?: string;
}

export interface Transformed {
  readonly code: string;
  /** From the emitted code to the source, exact to the column. */
  readonly map: SourceMap;
}

/**
 * Rewrites a file so that operators, comparisons and element access take tensors. Syntax in, syntax out: TypeScript
 * stays TypeScript, lines stay where they are, and values that are no tensors behave as they did. Null where the file
 * is not marked (`isMarked`), or needs no change.
 *
 * `fileName` says by its ending how to read the text: `.ts`, `.tsx`, `.js`, `.jsx` and their kin.
 */
export function transformSource(
  code: string,
  fileName: string,
  options: TransformOptions = {},
): Transformed | null {
  if (!options.force && !mayBeMarked(code)) return null;
  const source = syntax.createSourceFile(
    fileName,
    code,
    syntax.ScriptTarget.Latest,
    true,
    scriptKind(fileName),
  );
  if (!options.force && !isMarked(source)) return null;
  const edit = new MagicString(code);
  rewriteFile(source, edit, options);
  if (!edit.hasChanged()) return null;
  return {
    code: edit.toString(),
    map: edit.generateMap({ source: fileName, includeContent: true, hires: true }),
  };
}

/** Where the transformed code refuses tensors, because what they would decide on cannot be compiled. */
export function decisionsIn(source: ts.SourceFile): readonly Decision[] {
  return rewriteFile(source, new MagicString(source.text), {}).decisions;
}

function scriptKind(fileName: string): ts.ScriptKind {
  const { ScriptKind } = syntax;
  if (fileName.endsWith(".tsx")) return ScriptKind.TSX;
  // JSX reads plain JavaScript too.
  return /\.[cm]?ts$/.test(fileName) ? ScriptKind.TS : ScriptKind.JSX;
}

function rewriteFile(source: ts.SourceFile, edit: MagicString, options: TransformOptions): Rewriting {
  const names = analyseNames(source);
  const runtime = unusedName(source.text, "$weft");
  const siteBase = unusedName(source.text, "$site");
  const sites = new SiteTable(source, siteBase);
  const isPlain = plainValues(source, names);
  const captured = new CapturedWrites(names.captured, siteBase, unusedName(source.text, "$scope"));
  const rewriting: Rewriting = {
    source,
    text: source.text,
    edit,
    names,
    isPlain,
    plan: new StagingPlan(names, isPlain),
    runtime,
    rest: unusedName(source.text, "$rest"),
    run: unusedName(source.text, "$run"),
    parameter: unusedName(source.text, "$value"),
    notes: [],
    decisions: [],
    site: (node) => sites.add(node),
    visit: (node) => {
      // Members of enums are to stay constant.
      if (syntax.isEnumDeclaration(node)) return;
      rewriteNode(rewriting, node);
      captured.rewrite(rewriting, node);
      // Innermost: it stands around a part of what the others stand around.
      rewriteMutation(rewriting, node);
      rewriteBirth(rewriting, node);
      forEachRunningChild(node, rewriting.visit);
    },
  };
  forEachRunningChild(source, rewriting.visit);
  if (!edit.hasChanged() && rewriting.notes.length === 0) return rewriting;
  const specifier = JSON.stringify(options.runtime ?? "weftjs/staging");
  const table = sites.declaration(runtime, options.displayName ?? source.fileName);
  const head = `${importOf(source, runtime, specifier)} ${table} ${rewriting.notes.map((note) => `${note} `).join("")}`;
  const first = source.statements[directiveCount(source.statements)]!;
  // Before the first statement and on its line, after directives and comments.
  edit.prependLeft(first.getStart(source), head);
  return rewriting;
}

/** A script has no imports; it has `require`. */
function importOf(source: ts.SourceFile, runtime: string, specifier: string): string {
  const isScript = /\.c[jt]s$/.test(source.fileName) || !syntax.isExternalModule(source);
  return isScript ? `var ${runtime} = require(${specifier});` : `import * as ${runtime} from ${specifier};`;
}

function unusedName(text: string, wanted: string): string {
  let name = wanted;
  while (text.includes(name)) name += "_";
  return name;
}

function rewriteNode(rewriting: Rewriting, node: ts.Node): void {
  rewriteFunction(rewriting, node);
  rewriteChain(rewriting, node);
  if (syntax.isBinaryExpression(node)) {
    rewriteElementAssignment(rewriting, node);
    rewriteCompound(rewriting, node);
    rewriteBinary(rewriting, node);
    rewriteLogical(rewriting, node);
    rewriteLogicalAssignment(rewriting, node);
  } else if (syntax.isPrefixUnaryExpression(node)) {
    rewriteUnary(rewriting, node);
    rewriteStep(rewriting, node);
  } else if (syntax.isPostfixUnaryExpression(node)) {
    rewriteStep(rewriting, node);
  } else if (syntax.isElementAccessExpression(node)) {
    rewriteElement(rewriting, node);
  } else if (syntax.isCallExpression(node)) {
    rewriteLibraryCall(rewriting, node);
    rewriteMath(rewriting, node);
    rewriteTruth(rewriting, node);
    rewriteExposed(rewriting, node);
  } else if (syntax.isNewExpression(node)) {
    rewriteTruth(rewriting, node);
    rewriteExposed(rewriting, node);
  } else if (syntax.isConditionalExpression(node)) {
    rewriteConditional(rewriting, node);
  } else if (syntax.isIfStatement(node)) {
    rewriteIf(rewriting, node);
  } else if (isLoop(node)) {
    rewriteLoop(rewriting, node);
  } else if (syntax.isBreakOrContinueStatement(node)) {
    rewriteJump(rewriting, node);
  } else if (syntax.isReturnStatement(node)) {
    rewriteReturn(rewriting, node);
  } else if (syntax.isSwitchStatement(node)) {
    decide(rewriting, node.expression, "switch");
  } else if (syntax.isCaseClause(node)) {
    decide(rewriting, node.expression, "switch");
  }
}
