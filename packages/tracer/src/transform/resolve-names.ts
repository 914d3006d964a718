import type ts from "typescript";
import { type Binding, lookUp, type Scope, type Write } from "./scopes.js";
import { forEachRunningChild, isAssignment, syntax } from "./syntax.js";
import { isPatternTarget, outermost } from "./targets.js";

interface Resolved {
  readonly byIdentifier: ReadonlyMap<ts.Identifier, Binding>;
  readonly globals: ReadonlyMap<ts.Identifier, string>;
}

/** Ties every name to its variable, and notes what is written to it. */
export function resolveNames(source: ts.SourceFile, scopes: ReadonlyMap<ts.Node, Scope>): Resolved {
  const byIdentifier = new Map<ts.Identifier, Binding>();
  const globals = new Map<ts.Identifier, string>();

  const note = (identifier: ts.Identifier, scope: Scope, write?: Omit<Write, "node">): void => {
    const binding = lookUp(scope, identifier.text);
    if (!binding) return void globals.set(identifier, identifier.text);
    byIdentifier.set(identifier, binding);
    if (!isDeclaredName(identifier)) binding.references.push(identifier);
    if (write) binding.writes.push({ node: identifier, ...write });
  };

  const visit = (node: ts.Node, outer: Scope): void => {
    const scope = scopes.get(node) ?? outer;
    if (syntax.isIdentifier(node)) {
      if (isName(node)) note(node, scope, writeOf(node));
      return;
    }
    forEachRunningChild(node, (child) => visit(child, scope));
  };
  visit(source, scopes.get(source)!);
  return { byIdentifier, globals };
}

/** Whether the identifier names a variable: no property, key, label or imported name. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (syntax.isPropertyAccessExpression(parent) || syntax.isMetaProperty(parent)) return parent.name !== node;
  if (syntax.isQualifiedName(parent) || syntax.isJsxAttribute(parent)) return false;
  if (syntax.isLabeledStatement(parent) || syntax.isBreakOrContinueStatement(parent)) return false;
  if (syntax.isBindingElement(parent)) return parent.propertyName !== node;
  if (syntax.isImportSpecifier(parent)) return parent.name === node;
  if (syntax.isExportSpecifier(parent)) {
    return (parent.propertyName ?? parent.name) === node && !parent.parent.parent.moduleSpecifier;
  }
  if (syntax.isNamespaceExport(parent) || syntax.isImportAttribute(parent)) return false;
  if (syntax.isJsxOpeningLikeElement(parent) || syntax.isJsxClosingElement(parent))
    return !/^[a-z]/.test(node.text);
  if (syntax.isShorthandPropertyAssignment(parent)) return true;
  // Methods, accessors, fields, keys of literals, members of enums.
  const named = parent as { name?: ts.Node };
  const isMember =
    syntax.isClassElement(parent) || syntax.isObjectLiteralElement(parent) || syntax.isEnumMember(parent);
  return !(isMember && named.name === node);
}

function isDeclaredName(node: ts.Identifier): boolean {
  const { parent } = node;
  const declares =
    syntax.isBindingElement(parent) ||
    syntax.isVariableDeclaration(parent) ||
    syntax.isParameter(parent) ||
    syntax.isFunctionLike(parent) ||
    syntax.isClassLike(parent) ||
    syntax.isEnumDeclaration(parent) ||
    syntax.isModuleDeclaration(parent) ||
    syntax.isImportClause(parent) ||
    syntax.isImportSpecifier(parent) ||
    syntax.isNamespaceImport(parent);
  return declares && parent.name === node;
}

/** What the place writes to the variable; undefined where it only reads. */
function writeOf(node: ts.Identifier): Omit<Write, "node"> | undefined {
  const { parent } = node;
  if (syntax.isVariableDeclaration(parent) && parent.name === node) return declaredWith(parent);
  if (isDeclaredName(node)) {
    return syntax.isBindingElement(parent) || syntax.isParameter(parent) ? { value: null } : undefined;
  }
  const target = outermost(node);
  const user = target.parent;
  if (syntax.isBinaryExpression(user) && user.left === target && isAssignment(user.operatorToken.kind)) {
    const operator = user.operatorToken.kind;
    return operator === syntax.SyntaxKind.EqualsToken
      ? { value: user.right }
      : { value: user.right, operator };
  }
  if (syntax.isPrefixUnaryExpression(user) || syntax.isPostfixUnaryExpression(user)) {
    const { PlusPlusToken, MinusMinusToken } = syntax.SyntaxKind;
    if (user.operator === PlusPlusToken || user.operator === MinusMinusToken)
      return { value: null, operator: user.operator };
  }
  return isPatternTarget(target) ? { value: null } : undefined;
}

function declaredWith(declaration: ts.VariableDeclaration): Omit<Write, "node"> | undefined {
  if (declaration.initializer) return { value: declaration.initializer };
  const list = declaration.parent.parent;
  if (
    syntax.isForInStatement(list) ||
    syntax.isForOfStatement(list) ||
    syntax.isCatchClause(declaration.parent)
  ) {
    return { value: null };
  }
  return undefined;
}
