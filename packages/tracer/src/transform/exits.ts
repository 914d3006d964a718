import type ts from "typescript";
import { forEachRunningChild, syntax } from "./syntax.js";

/** The ways in which a piece of code can be left, or paused, other than by its end. */
export interface Exits {
  readonly returns: boolean;
  /** `break` of the innermost loop or switch around the piece, without a label. */
  readonly breaks: boolean;
  /** `continue` of the innermost loop around the piece, without a label. */
  readonly continues: boolean;
  /** A jump to a label around the piece. */
  readonly jumps: boolean;
  readonly awaits: boolean;
  readonly yields: boolean;
  /** A `throw` that no other condition of the piece decides on. */
  readonly throws: boolean;
}

interface Around {
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  readonly labels: readonly string[];
}

/** How the pieces can be left; functions inside are other pieces. */
export function exitsOf(...pieces: readonly (ts.Node | undefined)[]): Exits {
  const exits = {
    returns: false,
    breaks: false,
    continues: false,
    jumps: false,
    awaits: false,
    yields: false,
    throws: false,
  };
  const visit = (node: ts.Node, around: Around): void => {
    if (syntax.isFunctionLike(node)) return;
    if (syntax.isReturnStatement(node)) exits.returns = true;
    if (syntax.isAwaitExpression(node)) exits.awaits = true;
    if (syntax.isForOfStatement(node) && node.awaitModifier) exits.awaits = true;
    if (isAwaitUsing(node)) exits.awaits = true;
    if (syntax.isYieldExpression(node)) exits.yields = true;
    if (syntax.isBreakOrContinueStatement(node)) {
      if (node.label) exits.jumps ||= !around.labels.includes(node.label.text);
      else if (syntax.isContinueStatement(node)) exits.continues ||= !around.inLoop;
      else exits.breaks ||= !around.inLoop && !around.inSwitch;
    }
    forEachRunningChild(node, (child) => visit(child, inside(node, around)));
  };
  for (const piece of pieces) {
    if (!piece) continue;
    exits.throws ||= alwaysThrows(piece);
    visit(piece, { inLoop: false, inSwitch: false, labels: [] });
  }
  return exits;
}

function inside(node: ts.Node, around: Around): Around {
  if (syntax.isIterationStatement(node, false)) return { ...around, inLoop: true };
  if (syntax.isSwitchStatement(node)) return { ...around, inSwitch: true };
  if (syntax.isLabeledStatement(node)) return { ...around, labels: [...around.labels, node.label.text] };
  return around;
}

function isAwaitUsing(node: ts.Node): boolean {
  return (
    syntax.isVariableDeclarationList(node) &&
    (node.flags & syntax.NodeFlags.BlockScoped) === syntax.NodeFlags.AwaitUsing
  );
}

function alwaysThrows(node: ts.Node): boolean {
  if (syntax.isThrowStatement(node)) return true;
  return syntax.isBlock(node) && node.statements.some(alwaysThrows);
}
