import type ts from "typescript";
import { isCounted } from "./loop-obstacles.js";
import type { Names } from "./names.js";
import type { IsPlain } from "./plain-values.js";
import type { Binding, Write } from "./scopes.js";
import { forEachRunningChild, syntax } from "./syntax.js";

/** Says of the writes to a variable whether a tensor may decide on one: then the variable holds a tensor afterwards. */
export type IsDecided = (binding: Binding, write: Write) => boolean;

/**
 * A write in a branch, in a loop, after a jump that a condition decides on, or in another function, which may be called
 * in any of these. `isPlain` says which conditions are certainly JavaScript's; it may change between calls.
 */
export function decidedWrites(source: ts.SourceFile, names: Names, isPlain: IsPlain): IsDecided {
  const leaving = leavingConditions(source);
  const leavesFrom = (piece: ts.Node): boolean => {
    for (let k = firstFrom(leaving, piece.pos); k < leaving.length; k++) {
      const { pos, expression } = leaving[k]!;
      if (pos >= piece.end) return false;
      if (!isPlain(expression)) return true;
    }
    return false;
  };
  return ({ scope }, { node }) => {
    for (let at: ts.Node = node; at !== scope.node; at = at.parent) {
      if (syntax.isFunctionLike(at) || syntax.isPropertyDeclaration(at)) return true;
      const { parent } = at;
      if (isConditional(parent, at, isPlain) || isRepeated(names, parent, at, leavesFrom)) return true;
      if (parent !== scope.node || !syntax.isFunctionLike(parent)) {
        if (statementsOf(parent).some((before) => before.end <= at.pos && leavesFrom(before))) return true;
      }
    }
    return false;
  };
}

function isConditional(parent: ts.Node, at: ts.Node, isPlain: IsPlain): boolean {
  if (syntax.isIfStatement(parent)) return at !== parent.expression && !isPlain(parent.expression);
  if (syntax.isConditionalExpression(parent)) return at !== parent.condition && !isPlain(parent.condition);
  if (syntax.isWhileStatement(parent) || syntax.isDoStatement(parent)) return !isPlain(parent.expression);
  if (syntax.isForStatement(parent))
    return at !== parent.initializer && parent.condition !== undefined && !isPlain(parent.condition);
  if (!syntax.isBinaryExpression(parent) || parent.right !== at) return false;
  const kind = syntax.SyntaxKind;
  switch (parent.operatorToken.kind) {
    case kind.AmpersandAmpersandToken:
    case kind.BarBarToken:
    case kind.AmpersandAmpersandEqualsToken:
    case kind.BarBarEqualsToken:
      return !isPlain(parent.left);
    default:
      return false;
  }
}

/** What comes before a jump may be run again, or not; so may a step that somebody can see after the loop. */
function isRepeated(
  names: Names,
  parent: ts.Node,
  at: ts.Node,
  leavesFrom: (piece: ts.Node) => boolean,
): boolean {
  if (!syntax.isIterationStatement(parent, false) || !leavesFrom(parent.statement)) return false;
  if (parent.statement === at) return true;
  return syntax.isForStatement(parent) && parent.incrementor === at && !isCounted(names, parent);
}

function statementsOf(node: ts.Node): readonly ts.Statement[] {
  const hasStatements =
    syntax.isBlock(node) || syntax.isSourceFile(node) || syntax.isCaseOrDefaultClause(node);
  return hasStatements ? node.statements : [];
}

/** Conditions that `return`, `break` or `continue` depend on, in the order of the text. */
function leavingConditions(source: ts.SourceFile): readonly ts.IfStatement[] {
  const found = new Set<ts.IfStatement>();
  const visit = (node: ts.Node, around: readonly ts.IfStatement[]): void => {
    if (syntax.isReturnStatement(node) || syntax.isBreakOrContinueStatement(node))
      around.forEach((statement) => found.add(statement));
    let inside = syntax.isFunctionLike(node) ? [] : around;
    if (syntax.isIfStatement(node)) inside = [...inside, node];
    forEachRunningChild(node, (child) => visit(child, inside));
  };
  visit(source, []);
  return [...found].sort((a, b) => a.pos - b.pos);
}

/** The first at or after a position. */
function firstFrom(sorted: readonly ts.Node[], position: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.pos < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
