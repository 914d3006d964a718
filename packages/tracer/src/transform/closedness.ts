import type ts from "typescript";
import { isWithin } from "./assigned.js";
import { isFromLibrary } from "./library-calls.js";
import { CHANGING_METHODS } from "./changing-methods.js";
import type { Names } from "./names.js";
import type { Binding } from "./scopes.js";
import { forEachRunningChild, isAssignment, syntax } from "./syntax.js";
import { outermost } from "./targets.js";

/** What a function's text says of what it depends on. */
export interface Closedness {
  /** Variables from outside that it reads, the library's own left out. */
  readonly captures: readonly Binding[];
  /** The first thing in it that may change or be changed without anyone knowing; null for none. */
  readonly obstacle: { readonly node: ts.Node; readonly what: string } | null;
}

/** JavaScript's own that neither change nor remember anything. */
const PURE_GLOBALS = new Set(
  "undefined NaN Infinity Math Object Array Number String Boolean BigInt Symbol JSON Map Set Error TypeError RangeError isNaN isFinite parseInt parseFloat Float32Array Float64Array Int32Array Uint32Array Uint8Array Int8Array Int16Array Uint16Array".split(
    " ",
  ),
);
/** Methods that change nothing, whatever of JavaScript's they are called on; tensors have some of the same names. */
const PURE_METHODS = new Set(
  "at concat entries every filter find findIndex findLast flat flatMap forEach get has includes indexOf join keys lastIndexOf map reduce reduceRight slice some values with toSorted toReversed toFixed toString charAt charCodeAt codePointAt endsWith padEnd padStart repeat split startsWith substring toLowerCase toUpperCase trim".split(
    " ",
  ),
);
/**
 * Of a Set it changes something. But no Set is met unseen: one that is captured is an object of a class, and so is one
 * among the arguments, which keeps the call from being known.
 */
const TENSORS_ADD = "add";
/** Functions of the library whose answer depends on more than their arguments, or that do more than compute. */
const STATEFUL_LIBRARY = new Set(
  "init sync stats inspect profile load save tidy keep housing mnist text minibatch".split(" "),
);
const CHANCE = new Set(["random"]);

/** Decides on the text of one function, the functions inside it included. */
export function closednessOf(
  f: ts.SignatureDeclaration,
  names: Names,
  tensorMethods: ReadonlySet<string>,
): Closedness {
  const captures = new Set<Binding>();
  let obstacle: Closedness["obstacle"] = null;
  const refuse = (node: ts.Node, what: string): void => void (obstacle ??= { node, what });
  const check = (node: ts.Node): void => {
    const why = obstacleOf(node, f, names, tensorMethods);
    if (why) refuse(node, why);
    if (syntax.isIdentifier(node)) {
      const binding = names.bindingOf(node);
      if (binding && !isWithin(binding.declaration, f) && !isFromLibrary(binding.declaration))
        captures.add(binding);
    }
    forEachRunningChild(node, check);
  };
  check(f);
  return { captures: [...captures], obstacle };
}

function obstacleOf(
  node: ts.Node,
  f: ts.SignatureDeclaration,
  names: Names,
  tensorMethods: ReadonlySet<string>,
): string | null {
  const kind = syntax.SyntaxKind;
  if (syntax.isIdentifier(node)) return ofName(node, f, names);
  switch (node.kind) {
    case kind.ThisKeyword:
    case kind.SuperKeyword:
      return "this and super have a state of their own";
    case kind.AwaitExpression:
    case kind.YieldExpression:
      return "it waits";
    case kind.ImportKeyword:
    case kind.MetaProperty:
      return "it asks about its module";
    case kind.PrivateIdentifier:
      return "private fields cannot be looked at";
    case kind.DeleteExpression:
      return "it deletes a property";
    default:
  }
  if (syntax.isFunctionLike(node) && isPaused(node)) return "it is async or a generator";
  if (syntax.isCallExpression(node)) return ofCall(node, f, names, tensorMethods);
  if (syntax.isBinaryExpression(node) && isAssignment(node.operatorToken.kind))
    return ofTarget(node.left, f, names);
  if (syntax.isPostfixUnaryExpression(node) || syntax.isPrefixUnaryExpression(node)) {
    const steps = node.operator === kind.PlusPlusToken || node.operator === kind.MinusMinusToken;
    return steps ? ofTarget(node.operand, f, names) : null;
  }
  if (syntax.isNewExpression(node)) {
    const { expression } = node;
    const isOwn = syntax.isIdentifier(expression) && names.globals.has(expression);
    return isOwn ? null : "it makes an object of a class";
  }
  return null;
}

function isPaused(node: ts.SignatureDeclaration): boolean {
  const { asteriskToken, modifiers } = node as ts.FunctionExpression;
  return (
    asteriskToken !== undefined ||
    (modifiers?.some((modifier) => modifier.kind === syntax.SyntaxKind.AsyncKeyword) ?? false)
  );
}

function ofName(node: ts.Identifier, f: ts.SignatureDeclaration, names: Names): string | null {
  if (names.globals.has(node)) return PURE_GLOBALS.has(node.text) ? null : `it reads ${node.text}`;
  const binding = names.bindingOf(node);
  if (!binding || isWithin(binding.declaration, f)) return null;
  const wrote = binding.writes.some((write) => write.node === node);
  return wrote ? `it assigns ${node.text}` : null;
}

/** A write is fine where nobody else can see what is written. */
function ofTarget(target: ts.Expression, f: ts.SignatureDeclaration, names: Names): string | null {
  const node = target;
  if (syntax.isPropertyAccessExpression(node) || syntax.isElementAccessExpression(node))
    return isOwn(node.expression, f, names) ? null : "it changes an object that others can see";
  return null; // Variables are looked at one by one.
}

/** Whether the expression names something that the function has made and holds alone. */
function isOwn(node: ts.Expression, f: ts.SignatureDeclaration, names: Names): boolean {
  if (!syntax.isIdentifier(node)) return false;
  const binding = names.bindingOf(node);
  if (!binding || binding.kind !== "variable" || !isWithin(binding.declaration, f)) return false;
  return binding.writes.every(
    ({ value }) =>
      value !== null &&
      (syntax.isArrayLiteralExpression(value) || syntax.isObjectLiteralExpression(value) || isMade(value)),
  );
}

function isMade(value: ts.Expression): boolean {
  return (
    syntax.isNewExpression(value) &&
    syntax.isIdentifier(value.expression) &&
    PURE_GLOBALS.has(value.expression.text)
  );
}

function ofCall(
  { expression }: ts.CallExpression,
  f: ts.SignatureDeclaration,
  names: Names,
  tensorMethods: ReadonlySet<string>,
): string | null {
  if (syntax.isIdentifier(expression)) {
    const binding = names.bindingOf(expression);
    if (!binding || !isFromLibrary(binding.declaration)) return null;
    return STATEFUL_LIBRARY.has(expression.text)
      ? `${expression.text} depends on more than its arguments`
      : null;
  }
  if (!syntax.isPropertyAccessExpression(expression)) {
    return syntax.isElementAccessExpression(expression) ? "it calls a method that is not known" : null;
  }
  const { name, expression: holder } = expression;
  if (syntax.isIdentifier(holder) && names.globals.has(holder)) {
    return holder.text === "Math" && CHANCE.has(name.text)
      ? "Math.random gives another number each time"
      : null;
  }
  if (syntax.isIdentifier(holder)) {
    const binding = names.bindingOf(holder);
    if (binding && isFromLibrary(binding.declaration)) return null;
  }
  if (CHANGING_METHODS.has(name.text) && name.text !== TENSORS_ADD)
    return isOwn(holder, f, names) ? null : `${name.text}() changes what others can see`;
  if (PURE_METHODS.has(name.text) || tensorMethods.has(name.text)) return null;
  return `the method ${name.text} is not known`;
}

/** Whether the function is handed to a function of the library as it is. */
export function isHandedOver(f: ts.Expression, isLibraryCall: (call: ts.CallExpression) => boolean): boolean {
  const { parent } = outermost(f);
  return syntax.isCallExpression(parent) && parent.arguments.includes(f) && isLibraryCall(parent);
}
