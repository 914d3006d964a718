import type ts from "typescript";
import { isWithin } from "./assigned.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { CHANGING_METHODS } from "./changing-methods.js";
import type { Names } from "./names.js";
import { isInChain, isInTakenChain } from "./optional-chains.js";
import { bare, isAssignment, syntax } from "./syntax.js";
import { isPatternTarget, outermost } from "./targets.js";

const kind = syntax.SyntaxKind;
/** Functions of JavaScript's that change their first argument. */
const CHANGING_FUNCTIONS = new Set(
  "Object.assign Object.defineProperty Object.defineProperties Object.freeze Object.seal Object.preventExtensions Object.setPrototypeOf Reflect.set Reflect.defineProperty Reflect.deleteProperty".split(
    " ",
  ),
);

/**
 * `o.p = v` becomes `runtime.changing(o, site).p = v`, and `list.push(v)` likewise: where a tensor decides both ways run, and
 * what they do to an object has to be known. What was made by a literal in the same branch or function is nobody else's.
 */
export function rewriteMutation(rewriting: Rewriting, node: ts.Node): void {
  const changed = changedBy(node, rewriting);
  if (!changed || changed.holder.kind === kind.SuperKeyword || isFresh(rewriting, changed.holder)) return;
  const { holder, field, method } = changed;
  const { runtime, parameter } = rewriting;
  const [object, value] = [`${parameter}0`, `${parameter}1`];
  if (field) {
    const access = `(${object}) => ${object}.${field}, (${object}, ${value}) => { ${object}.${field} = ${value}; }`;
    return wrap(rewriting, holder, `${runtime}.field(`, `, "${field}", ${access})`);
  }
  const name = method ? `, "${method}"` : "";
  const end = `, ${rewriting.site(node)}${name})`;
  // In the middle of a chain it begins where the chain's function does.
  if (isInChain(holder)) rewriting.edit.prependLeft(holder.end, end);
  else wrap(rewriting, holder, `${runtime}.changing(`, end);
}

interface Changed {
  /** The expression whose object is changed. */
  readonly holder: ts.Expression;
  /** The private field that is written. */
  readonly field?: string;
  /** The method that changes it. */
  readonly method?: string;
}

function changedBy(node: ts.Node, { names }: Rewriting): Changed | null {
  if (syntax.isBinaryExpression(node))
    return isAssignment(node.operatorToken.kind) ? partOf(node.left) : null;
  if (syntax.isPostfixUnaryExpression(node)) return partOf(node.operand);
  if (syntax.isPrefixUnaryExpression(node)) {
    const steps = node.operator === kind.PlusPlusToken || node.operator === kind.MinusMinusToken;
    return steps ? partOf(node.operand) : null;
  }
  if (syntax.isDeleteExpression(node)) return isInChain(node.expression) ? null : partOf(node.expression);
  if (syntax.isPropertyAccessExpression(node) || syntax.isElementAccessExpression(node)) {
    const { parent } = node;
    const isPlainTarget = syntax.isBinaryExpression(parent) && parent.left === node;
    return !isPlainTarget && isPatternTarget(outermost(node)) ? partOf(node) : null;
  }
  return syntax.isCallExpression(node) ? changedByCall(node, names) : null;
}

function changedByCall({ expression, arguments: given }: ts.CallExpression, names: Names): Changed | null {
  if (!syntax.isPropertyAccessExpression(expression)) return null;
  const { expression: holder, name } = expression;
  if (syntax.isIdentifier(holder) && names.globals.has(holder)) {
    const [first] = given;
    if (CHANGING_FUNCTIONS.has(`${holder.text}.${name.text}`) && first && !syntax.isSpreadElement(first))
      return { holder: first };
  }
  if (!CHANGING_METHODS.has(name.text) || (isInChain(holder) && !isInTakenChain(holder))) return null;
  return { holder, method: name.text };
}

function partOf(target: ts.Expression): Changed | null {
  const part = bare(target);
  if (syntax.isElementAccessExpression(part)) return { holder: part.expression };
  if (!syntax.isPropertyAccessExpression(part)) return null;
  const { expression: holder, name } = part;
  if (!syntax.isPrivateIdentifier(name)) return { holder };
  return isField(part, name.text) ? { holder, field: name.text } : null;
}

/** Whether a private name is that of a field: a setter says itself what it changes. */
function isField(node: ts.Node, name: string): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (!syntax.isClassLike(at)) continue;
    const member = at.members.find(
      (one) => one.name && syntax.isPrivateIdentifier(one.name) && one.name.text === name,
    );
    if (member) return syntax.isPropertyDeclaration(member) && !hasAccessor(member);
  }
  return false;
}

function hasAccessor({ modifiers }: ts.PropertyDeclaration): boolean {
  return modifiers?.some((modifier) => modifier.kind === kind.AccessorKeyword) ?? false;
}

function isFresh({ names, plan }: Rewriting, holder: ts.Expression): boolean {
  const node = bare(holder);
  // An object under construction is known to nobody.
  if (node.kind === kind.ThisKeyword) return isInConstructor(node);
  if (!syntax.isIdentifier(node)) return isLiteral(node);
  const binding = names.bindingOf(node);
  if (!binding || binding.kind !== "variable") return false;
  if (!binding.writes.every(({ value }) => value !== null && isLiteral(bare(value)))) return false;
  return isWithin(binding.declaration, plan.regionAround(node));
}

function isLiteral(value: ts.Expression): boolean {
  return (
    syntax.isArrayLiteralExpression(value) ||
    syntax.isObjectLiteralExpression(value) ||
    syntax.isNewExpression(value)
  );
}

function isInConstructor(node: ts.Node): boolean {
  let at = node.parent;
  while (!syntax.isFunctionLike(at) || syntax.isArrowFunction(at)) {
    if (syntax.isSourceFile(at)) return false;
    at = at.parent;
  }
  return syntax.isConstructorDeclaration(at);
}
