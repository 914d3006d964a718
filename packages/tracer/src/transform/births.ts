import type ts from "typescript";
import { isLibraryCall } from "./library-calls.js";
import { nearestFunction } from "./names.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { syntax } from "./syntax.js";
import { isPatternTarget, outermost } from "./targets.js";

const COLLECTIONS = new Set(["Array", "Map", "Object", "Set", "WeakMap", "WeakSet"]);

/**
 * `new C()` and `[]` become `runtime.made(new C())` and `runtime.made([])` where the object may become another function's
 * to change: what was made where a tensor decides is nobody's who could see the other way.
 */
export function rewriteBirth(rewriting: Rewriting, node: ts.Node): void {
  if (!isKept(rewriting, node) || !nearestFunction(node, rewriting.source)) return;
  wrap(rewriting, node, `${rewriting.runtime}.made(`, ")");
}

function isKept(rewriting: Rewriting, node: ts.Node): boolean {
  if (syntax.isNewExpression(node)) return canChange(rewriting, node);
  return isLiteral(node) && isHandedOn(rewriting, node);
}

/** Of JavaScript's own classes few are more than values. */
function canChange({ names }: Rewriting, { expression }: ts.NewExpression): boolean {
  const isOwn = syntax.isIdentifier(expression) && names.globals.has(expression);
  return !isOwn || COLLECTIONS.has(expression.text);
}

function isLiteral(node: ts.Node): node is ts.ArrayLiteralExpression | ts.ObjectLiteralExpression {
  return syntax.isArrayLiteralExpression(node) || syntax.isObjectLiteralExpression(node);
}

/** Whether the literal is kept: not taken apart at once, and no shape or option for the library. */
function isHandedOn(rewriting: Rewriting, node: ts.Expression): boolean {
  const target = outermost(node);
  const { parent } = target;
  if (isPatternTarget(target) || syntax.isSpreadElement(parent) || syntax.isSpreadAssignment(parent))
    return false;
  if (syntax.isForOfStatement(parent) || syntax.isPropertyAccessExpression(parent)) return false;
  if (syntax.isVariableDeclaration(parent)) return syntax.isIdentifier(parent.name);
  if (syntax.isCallExpression(parent)) return !isLibraryCall(rewriting, parent.expression);
  if (isLiteral(parent)) return isHandedOn(rewriting, parent);
  if (syntax.isPropertyAssignment(parent)) return isHandedOn(rewriting, parent.parent);
  return !syntax.isElementAccessExpression(parent);
}
