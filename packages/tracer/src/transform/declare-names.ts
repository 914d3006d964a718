import type ts from "typescript";
import type { Binding, BindingKind, Scope } from "./scopes.js";
import { forEachRunningChild, syntax } from "./syntax.js";

/** The scope that each node opens, with the names declared in it. */
export function declareNames(source: ts.SourceFile): ReadonlyMap<ts.Node, Scope> {
  const scopes = new Map<ts.Node, Scope>();
  const open = (node: ts.Node, parent: Scope | null): Scope => {
    const scope = { parent, node, isFunction: opensFunction(node), bindings: new Map<string, Binding>() };
    scopes.set(node, scope);
    return scope;
  };
  const visit = (node: ts.Node, outer: Scope): void => {
    declareIn(node, outer);
    const scope = opensScope(node) ? open(node, outer) : outer;
    if (scope !== outer) declareOwn(node, scope);
    forEachRunningChild(node, (child) => visit(child, scope));
  };
  const module = open(source, null);
  syntax.forEachChild(source, (child) => visit(child, module));
  return scopes;
}

function opensFunction(node: ts.Node): boolean {
  return (
    syntax.isFunctionLike(node) ||
    syntax.isSourceFile(node) ||
    syntax.isModuleBlock(node) ||
    syntax.isClassStaticBlockDeclaration(node) ||
    syntax.isPropertyDeclaration(node)
  );
}

/** A function's body is its parameters' scope: nothing here can tell the two apart. */
function opensScope(node: ts.Node): boolean {
  if (opensFunction(node) || syntax.isClassLike(node) || syntax.isCatchClause(node)) return true;
  if (syntax.isBlock(node)) return !opensFunction(node.parent) || syntax.isPropertyDeclaration(node.parent);
  return (
    syntax.isForStatement(node) ||
    syntax.isForInStatement(node) ||
    syntax.isForOfStatement(node) ||
    syntax.isCaseBlock(node)
  );
}

/** What a node declares in the scope around it. */
function declareIn(node: ts.Node, scope: Scope): void {
  if (syntax.isVariableDeclaration(node)) {
    if (syntax.isCatchClause(node.parent)) return declarePattern(node.name, "other", scope, node, false);
    const { flags } = node.parent;
    const isVar = (flags & syntax.NodeFlags.BlockScoped) === 0;
    const isConstant = (flags & syntax.NodeFlags.Const) !== 0;
    declarePattern(node.name, "variable", isVar ? functionScope(scope) : scope, node, isVar, isConstant);
  } else if (syntax.isFunctionDeclaration(node)) {
    if (node.name) declare(node.name, "function", scope, node, true);
  } else if (syntax.isClassDeclaration(node)) {
    if (node.name) declare(node.name, "class", scope, node, false);
  } else if (syntax.isEnumDeclaration(node) || syntax.isModuleDeclaration(node)) {
    if (syntax.isIdentifier(node.name)) declare(node.name, "other", scope, node, true);
  } else if (syntax.isImportClause(node)) {
    if (node.name) declare(node.name, "import", scope, node, false, true);
  } else if (syntax.isImportSpecifier(node) || syntax.isNamespaceImport(node)) {
    declare(node.name, "import", scope, node, false, true);
  }
}

/** What a node declares in the scope that it opens. */
function declareOwn(node: ts.Node, scope: Scope): void {
  if (syntax.isFunctionExpression(node) && node.name)
    declare(node.name, "function", scope, node, false, true);
  if (syntax.isClassExpression(node) && node.name) declare(node.name, "class", scope, node, false, true);
  if (!syntax.isFunctionLike(node)) return;
  for (const parameter of node.parameters) {
    if (
      syntax.isIdentifier(parameter.name) ||
      syntax.isObjectBindingPattern(parameter.name) ||
      syntax.isArrayBindingPattern(parameter.name)
    )
      declarePattern(parameter.name, "parameter", scope, parameter, false);
  }
}

function functionScope(scope: Scope): Scope {
  let at = scope;
  while (!at.isFunction && at.parent) at = at.parent;
  return at;
}

function declarePattern(
  name: ts.BindingName,
  kind: BindingKind,
  scope: Scope,
  declaration: ts.Node,
  isHoisted: boolean,
  isConstant = false,
): void {
  if (syntax.isIdentifier(name)) return declare(name, kind, scope, declaration, isHoisted, isConstant);
  for (const element of name.elements) {
    if (syntax.isBindingElement(element))
      declarePattern(element.name, kind, scope, declaration, isHoisted, isConstant);
  }
}

function declare(
  { text: name }: ts.Identifier,
  kind: BindingKind,
  scope: Scope,
  declaration: ts.Node,
  isHoisted: boolean,
  isConstant = false,
): void {
  // `var x` twice, a function over a parameter: one variable, of which less is known.
  const known = scope.bindings.get(name);
  if (known && known.kind === kind) return;
  const binding: Binding = {
    name,
    kind: known ? "other" : kind,
    scope,
    declaration,
    isHoisted,
    isConstant: isConstant && !known,
    references: [],
    writes: [],
  };
  scope.bindings.set(name, binding);
}
