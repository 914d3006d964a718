import type ts from "typescript";
import { declaresForOthers, hasCall, isWithin } from "./assigned.js";
import { exitsOf } from "./exits.js";
import { isInFunctionInside, type Names } from "./names.js";
import type { Obstacle } from "../staging/obstacles.js";
import { syntax } from "./syntax.js";

/** A loop that goes on while a condition holds. */
export type Repeating = ts.WhileStatement | ts.DoStatement | ts.ForStatement;
export type Loop = Repeating | ts.ForOfStatement | ts.ForInStatement;

export function isRepeating(node: ts.Node): node is Repeating {
  return syntax.isWhileStatement(node) || syntax.isDoStatement(node) || syntax.isForStatement(node);
}

export function isLoop(node: ts.Node): node is Loop {
  return syntax.isIterationStatement(node, false);
}

/** Undefined where there is none. */
export function conditionOf(loop: Loop): ts.Expression | undefined {
  if (!isRepeating(loop)) return undefined;
  return syntax.isForStatement(loop) ? loop.condition : loop.expression;
}

/** What keeps the body of a loop from becoming a function. */
export function obstacleInLoop(names: Names, loop: Loop): Obstacle | null {
  const test = conditionOf(loop);
  const { incrementor, initializer } = loop as Partial<ts.ForStatement>;
  const exits = exitsOf(test, loop.statement, incrementor);
  if (exits.awaits) return "await";
  if (exits.yields) return "yield";
  if (exits.jumps || syntax.isLabeledStatement(loop.parent)) return "break";
  if (exits.throws) return "throw";
  if (declaresForOthers(names, test, loop.statement, incrementor)) return "variable";
  if (!isRepeating(loop)) return hasOwnHead(loop) ? null : "variable";
  if (test && names.writtenBetween(test.pos, test.end).length > 0) return "assignment";
  // Each iteration has head variables of its own, which only functions can tell from one for all.
  return initializer && isHeadCaptured(names, loop) ? "closure" : null;
}

/** Whether each iteration has variables of its own, which nobody sees afterwards. */
function hasOwnHead({ initializer, ...rest }: ts.ForOfStatement | ts.ForInStatement): boolean {
  if ((rest as Partial<ts.ForOfStatement>).awaitModifier || !syntax.isVariableDeclarationList(initializer))
    return false;
  const scoped = initializer.flags & syntax.NodeFlags.BlockScoped;
  return scoped === syntax.NodeFlags.Let || scoped === syntax.NodeFlags.Const;
}

function isHeadCaptured(names: Names, { pos, end }: Loop): boolean {
  return names
    .declaredBetween(pos, end)
    .some(
      ({ scope, references }) =>
        scope.node.pos === pos && references.some((place) => isInFunctionInside(place, scope.node)),
    );
}

/**
 * Whether condition and step of a `for` are about variables of its head alone, which the body does not write: nobody can
 * tell how often they have run once the loop is over.
 */
export function isCounted(names: Names, loop: ts.ForStatement): boolean {
  const { initializer, condition, incrementor, statement } = loop;
  if (!initializer || !syntax.isVariableDeclarationList(initializer)) return false;
  if ((initializer.flags & syntax.NodeFlags.Let) === 0) return false;
  if ([condition, incrementor].some((piece) => piece && hasCall(piece))) return false;
  const isHead = ({ scope }: { readonly scope: { readonly node: ts.Node } }): boolean => scope.node === loop;
  const steps = incrementor ? names.writtenBetween(incrementor.pos, incrementor.end) : [];
  if (!steps.every(isHead) || writesProperty(incrementor)) return false;
  return !names.bindings.some(
    (binding) => isHead(binding) && binding.writes.some(({ node }) => isWithin(node, statement)),
  );
}

function writesProperty(node: ts.Node | undefined): boolean {
  if (!node) return false;
  if (syntax.isPropertyAccessExpression(node) || syntax.isElementAccessExpression(node)) return true;
  return syntax.forEachChild(node, writesProperty) ?? false;
}
