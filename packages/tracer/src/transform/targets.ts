import type ts from "typescript";
import { syntax } from "./syntax.js";

/** The expression with the parentheses and type assertions around it. */
export function outermost(node: ts.Expression): ts.Node {
  let outer: ts.Node = node;
  while (
    syntax.isParenthesizedExpression(outer.parent) ||
    syntax.isNonNullExpression(outer.parent) ||
    syntax.isAsExpression(outer.parent)
  ) {
    outer = outer.parent;
  }
  return outer;
}

/** Whether the expression is a target of a destructuring assignment, or of a loop over something. */
export function isPatternTarget(target: ts.Node): boolean {
  for (let node = target; ; node = node.parent) {
    const { parent } = node;
    if (syntax.isForInStatement(parent) || syntax.isForOfStatement(parent))
      return parent.initializer === node;
    if (syntax.isBinaryExpression(parent)) {
      if (parent.operatorToken.kind !== syntax.SyntaxKind.EqualsToken || parent.left !== node) return false;
      if (syntax.isArrayLiteralExpression(node) || syntax.isObjectLiteralExpression(node)) return true;
      // Else a default in a pattern: `[x = 1] = list`.
    } else if (syntax.isShorthandPropertyAssignment(parent)) {
      if (parent.name !== node) return false;
    } else if (
      !syntax.isArrayLiteralExpression(parent) &&
      !syntax.isObjectLiteralExpression(parent) &&
      !syntax.isSpreadElement(parent) &&
      !syntax.isSpreadAssignment(parent) &&
      !(syntax.isPropertyAssignment(parent) && parent.initializer === node)
    ) {
      return false;
    }
  }
}
