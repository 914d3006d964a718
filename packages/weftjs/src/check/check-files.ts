import type { WeftError } from "@weftjs/ir";
import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";
import { branchFinding } from "./branch-rules.js";
import { decisionFindings } from "./decision-rules.js";
import { Evaluator, insideTrace } from "./evaluate.js";
import type { Finding } from "./finding.js";
import { applyRules, type RuleFinding } from "./operand-rules.js";
import { type CheckedFile, type CheckProgram, createProgram } from "./program.js";
import { isNot, OPERATORS } from "./rewrite.js";
import { isTensorAlone } from "./types.js";
import { fromDiagnostic, widenedBy } from "./typescript-findings.js";

/** Rounds of taking number literals for tensors; each may show the next. */
const ROUNDS = 4;

/**
 * Finds in marked files, of those named, what fails when it runs: by strict types over the source with operators as
 * calls, by rules for what types let pass, and by computing the shapes that the source says. In the order of files
 * and lines. Files that do not import from the library are TypeScript's to check.
 */
export async function checkFiles(names: readonly string[], options: ts.CompilerOptions): Promise<Finding[]> {
  const checked = settledProgram(names.map(toPosix), options);
  const found: Finding[] = [];
  for (const file of checked.files) found.push(...(await findingsOf(file, checked.program)));
  return withoutRepeats(found);
}

function toPosix(name: string): string {
  return name.replaceAll("\\", "/");
}

/** Until no more number literal turns out to stand for tensors. */
function settledProgram(names: readonly string[], options: ts.CompilerOptions): CheckProgram {
  const widened = new Map<string, Set<number>>();
  let checked = createProgram(names, options, widened, undefined);
  for (let round = 0; round < ROUNDS; round++) {
    let grew = false;
    const checker = checked.program.getTypeChecker();
    for (const file of checked.files) {
      const source = checked.program.getSourceFile(file.name)!;
      const literals = checked.program
        .getSemanticDiagnostics(source)
        .map((diagnostic) => widenedBy(diagnostic, nodeAt(source, diagnostic), checker));
      for (const node of [...literals, ...negatedTensors(source, checker)]) {
        if (node?.getSourceFile() !== source) continue;
        const offset = file.rewritten.original(node.getStart());
        const offsets = widened.get(file.name) ?? new Set();
        grew ||= !offsets.has(offset);
        widened.set(file.name, offsets.add(offset));
      }
    }
    if (!grew) break;
    checked = createProgram(names, options, widened, checked.program);
  }
  return checked;
}

/** `!x` of what is a tensor and nothing else. */
function negatedTensors(source: ts.SourceFile, checker: ts.TypeChecker): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (isNot(node) && isTensorAlone(checker.getTypeAtLocation(node.operand), checker)) found.push(node);
    compiler.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

async function findingsOf(file: CheckedFile, program: ts.Program): Promise<Finding[]> {
  const source = program.getSourceFile(file.name)!;
  const checker = program.getTypeChecker();
  const operatorOf = (call: ts.CallExpression): string | undefined =>
    file.rewritten.operators.get(call.getStart(source));
  const byRules = [
    ...applyRules(source, { checker, operatorOf }),
    ...decisionFindings(file, source, checker),
  ];
  const byTypes = [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ].flatMap((diagnostic) => fromDiagnostic(diagnostic, nodeAt(source, diagnostic), checker) ?? []);
  const byShapes: RuleFinding[] = [];
  await insideTrace(() => {
    const report = (node: ts.Node, error: WeftError): void => void byShapes.push(fromError(node, error));
    const evaluator = new Evaluator(checker, operatorOf, report);
    const visit = (node: ts.Node): void => {
      if (compiler.isExpression(node)) evaluator.value(node);
      const finding = branchFinding(node, checker, evaluator);
      if (finding) byShapes.push(finding);
      compiler.forEachChild(node, visit);
    };
    visit(source);
  });
  return [...byRules, ...byTypes, ...byShapes].map((finding) => toFinding(file, source, finding));
}

function fromError(node: ts.Node, { details }: WeftError): RuleFinding {
  const { code, message, notes = [], hint } = details;
  return { node, code, message, notes, ...(hint === undefined ? {} : { hint }) };
}

function toFinding(file: CheckedFile, source: ts.SourceFile, { node, ...rest }: RuleFinding): Finding {
  const [start, end] = [node.getStart(source), node.end].map((offset) => file.rewritten.original(offset));
  return { ...rest, file: file.name, start: start!, end: Math.max(start! + 1, end!) };
}

/** The smallest node that a diagnostic is about. */
function nodeAt(source: ts.SourceFile, { start = 0, length = 0 }: ts.Diagnostic): ts.Node {
  const find = (node: ts.Node): ts.Node =>
    compiler.forEachChild(node, (child) =>
      child.getStart(source) <= start && child.end >= start + length ? find(child) : undefined,
    ) ?? node;
  const node = find(source);
  // Types are told in the user's words: of an operator's call, whole.
  return node.getText(source) === OPERATORS ? node.parent.parent : node;
}

/** One finding a place: what rules say comes before what types say of the same. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const kept: Finding[] = [];
  for (const finding of findings) {
    const isSaid = kept.some(({ file, code, start, end }) => {
      if (file !== finding.file) return false;
      const isInside = start <= finding.start && finding.end <= end;
      const isAround = finding.start <= start && end <= finding.end;
      return isInside || (isAround && code === finding.code);
    });
    if (!isSaid) kept.push(finding);
  }
  return kept.sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
}
