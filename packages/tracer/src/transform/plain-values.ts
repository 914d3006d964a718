import type ts from "typescript";
import { decidedWrites, type IsDecided } from "./decided-writes.js";
import type { Names } from "./names.js";
import type { Binding, Write } from "./scopes.js";
import { bare, syntax } from "./syntax.js";

/** Functions of JavaScript's that give no tensor, whatever they are given. */
const PLAIN_CALLS = new Set(["Number", "String", "BigInt", "parseInt", "parseFloat", "Symbol", "isNaN"]);

/** Says of expressions whether they are certainly no tensors: they keep JavaScript's operators. */
export type IsPlain = (expression: ts.Expression) => boolean;

/**
 * Decides on the syntax alone. A variable is plain if all that is ever written to it is, and no tensor decides whether
 * it is written: all start as plain, and those found to be written something else are taken out until nothing changes.
 */
export function plainValues(source: ts.SourceFile, names: Names): IsPlain {
  const plain = new Set(names.bindings.filter(mayBePlain));
  const isPlain = (expression: ts.Expression): boolean => isPlainValue(expression, names, plain);
  const isDecided = decidedWrites(source, names, isPlain);
  for (let before = -1; before !== plain.size;) {
    before = plain.size;
    for (const binding of plain) {
      if (!staysPlain(binding, isPlain, isDecided)) plain.delete(binding);
    }
  }
  // From now on nothing changes, and long sums ask for their parts again and again.
  const known = new Map<ts.Expression, boolean>();
  return (expression) => {
    let answer = known.get(expression);
    if (answer === undefined) known.set(expression, (answer = isPlain(expression)));
    return answer;
  };
}

function staysPlain(binding: Binding, isPlain: IsPlain, isDecided: IsDecided): boolean {
  const { isConstant, writes } = binding;
  return writes.every((write) => writesPlain(write, isPlain) && (isConstant || !isDecided(binding, write)));
}

function mayBePlain({ kind, declaration, writes }: Binding): boolean {
  if (kind === "function" || kind === "class") return true;
  if (kind !== "variable" || !syntax.isVariableDeclaration(declaration)) return false;
  // Patterns and loops take values apart; the keys of `for … in` are strings.
  if (!syntax.isIdentifier(declaration.name)) return false;
  return writes.every(({ value, operator, node }) => value !== null || operator !== undefined || isKey(node));
}

function isKey(node: ts.Identifier): boolean {
  return syntax.isVariableDeclaration(node.parent) && syntax.isForInStatement(node.parent.parent.parent);
}

function writesPlain({ value, operator, node }: Write, isPlain: IsPlain): boolean {
  if (value === null) return true; // ++, -- and keys: as plain as the variable.
  if (operator === undefined || !isLazy(operator)) return isPlain(value);
  return isPlain(value) && isPlain(node);
}

function isLazy(operator: ts.SyntaxKind): boolean {
  const { AmpersandAmpersandEqualsToken, BarBarEqualsToken, QuestionQuestionEqualsToken } = syntax.SyntaxKind;
  return (
    operator === AmpersandAmpersandEqualsToken ||
    operator === BarBarEqualsToken ||
    operator === QuestionQuestionEqualsToken
  );
}

function isPlainValue(expression: ts.Expression, names: Names, plain: ReadonlySet<Binding>): boolean {
  const again = (inner: ts.Expression): boolean => isPlainValue(inner, names, plain);
  const node = bare(expression);
  if (isPlainSyntax(node)) return true;
  if (syntax.isIdentifier(node)) {
    const binding = names.bindingOf(node);
    return binding ? plain.has(binding) : ["undefined", "NaN", "Infinity"].includes(node.text);
  }
  if (syntax.isPropertyAccessExpression(node))
    return node.name.text === "length" || isConstantOfMath(node, names);
  if (syntax.isConditionalExpression(node))
    return [node.condition, node.whenTrue, node.whenFalse].every(again);
  if (syntax.isPrefixUnaryExpression(node)) return again(node.operand);
  if (syntax.isPostfixUnaryExpression(node)) return again(node.operand);
  if (syntax.isCallExpression(node)) return isPlainCall(node, names) || isBoolean(node, names, again);
  if (syntax.isBinaryExpression(node)) return isPlainBinary(node, again);
  return false;
}

function isPlainSyntax(node: ts.Expression): boolean {
  return (
    syntax.isLiteralExpression(node) ||
    syntax.isTemplateExpression(node) ||
    syntax.isArrayLiteralExpression(node) ||
    syntax.isObjectLiteralExpression(node) ||
    syntax.isFunctionExpression(node) ||
    syntax.isArrowFunction(node) ||
    syntax.isClassExpression(node) ||
    syntax.isTypeOfExpression(node) ||
    syntax.isVoidExpression(node) ||
    syntax.isDeleteExpression(node) ||
    node.kind === syntax.SyntaxKind.NullKeyword ||
    node.kind === syntax.SyntaxKind.TrueKeyword ||
    node.kind === syntax.SyntaxKind.FalseKeyword
  );
}

/** `Math.PI` and its kin; `Math` must be JavaScript's own. */
function isConstantOfMath(node: ts.PropertyAccessExpression, names: Names): boolean {
  return isGlobalMath(node.expression, names) && /^[A-Z]/.test(node.name.text);
}

export function isGlobalMath(node: ts.Expression, names: Names): boolean {
  return syntax.isIdentifier(node) && node.text === "Math" && names.globals.has(node);
}

function isPlainCall({ expression }: ts.CallExpression, names: Names): boolean {
  return syntax.isIdentifier(expression) && names.globals.has(expression) && PLAIN_CALLS.has(expression.text);
}

/** The truth of a tensor is one. */
function isBoolean(
  { expression, arguments: given }: ts.CallExpression,
  names: Names,
  isPlain: IsPlain,
): boolean {
  if (!syntax.isIdentifier(expression) || expression.text !== "Boolean") return false;
  return names.globals.has(expression) && given.every((one) => !syntax.isSpreadElement(one) && isPlain(one));
}

function isPlainBinary({ left, operatorToken, right }: ts.BinaryExpression, isPlain: IsPlain): boolean {
  const kind = syntax.SyntaxKind;
  switch (operatorToken.kind) {
    case kind.InKeyword:
    case kind.InstanceOfKeyword:
    // With a tensor these throw.
    case kind.EqualsEqualsEqualsToken:
    case kind.ExclamationEqualsEqualsToken:
    case kind.EqualsEqualsToken:
    case kind.ExclamationEqualsToken:
      return true;
    case kind.CommaToken:
    case kind.EqualsToken:
      return isPlain(right);
    default:
      return isPlain(left) && isPlain(right);
  }
}
