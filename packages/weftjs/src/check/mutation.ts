import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";

const { FirstAssignment, LastAssignment, PlusPlusToken, MinusMinusToken } = compiler.SyntaxKind;

/** Whether a variable of that name is assigned to anywhere inside. */
export function isReassigned(name: string, inside: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => {
    const target = assignedBy(node);
    if (target && namesIn(target).has(name)) return true;
    return compiler.forEachChild(node, visit) ?? false;
  };
  return visit(inside);
}

/** Methods that leave an array as it is. */
const READING: ReadonlySet<string> = new Set([
  "at",
  "map",
  "slice",
  "length",
  "every",
  "some",
  "includes",
  "join",
]);

/**
 * Whether the array or object of that name may become another inside: assigned to in part, changed by a method, or
 * handed on by itself to where that may happen.
 */
export function mayChange(
  name: string,
  inside: ts.Node,
  isHarmless: (call: ts.CallExpression) => boolean,
): boolean {
  const visit = (node: ts.Node): boolean => {
    if (compiler.isIdentifier(node) && node.text === name && isTouched(node, isHarmless)) return true;
    return compiler.forEachChild(node, visit) ?? false;
  };
  return visit(inside);
}

function isTouched(node: ts.Identifier, isHarmless: (call: ts.CallExpression) => boolean): boolean {
  const { parent } = node;
  if (compiler.isVariableDeclaration(parent) || compiler.isParameter(parent))
    return parent.initializer === node;
  if (compiler.isCallExpression(parent)) return parent.expression !== node && !isHarmless(parent);
  if (compiler.isPropertyAccessExpression(parent)) {
    if (parent.name === node) return false;
    const isMethod = compiler.isCallExpression(parent.parent) && parent.parent.expression === parent;
    return isMethod ? !READING.has(parent.name.text) : isTarget(parent);
  }
  if (compiler.isElementAccessExpression(parent)) return isTarget(parent);
  // Spread or looped over it is read; what else happens to it is not followed.
  return !(
    compiler.isSpreadElement(parent) ||
    compiler.isForOfStatement(parent) ||
    compiler.isBindingElement(parent)
  );
}

function isTarget(node: ts.Expression): boolean {
  const target = assignedBy(node.parent);
  return target === node;
}

/** The left side of an assignment, the operand of `++` and its kin, of `delete` too. */
function assignedBy(node: ts.Node): ts.Expression | undefined {
  if (compiler.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return kind >= FirstAssignment && kind <= LastAssignment ? node.left : undefined;
  }
  if (compiler.isPrefixUnaryExpression(node) || compiler.isPostfixUnaryExpression(node))
    return node.operator === PlusPlusToken || node.operator === MinusMinusToken ? node.operand : undefined;
  return compiler.isDeleteExpression(node) ? node.expression : undefined;
}

/** The variables that an assignment's left side may name: more of them for a pattern. */
function namesIn(target: ts.Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (compiler.isIdentifier(node)) names.add(node.text);
    compiler.forEachChild(node, visit);
  };
  visit(target);
  return names;
}
