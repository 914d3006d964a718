import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";
import type { RuleFinding } from "./operand-rules.js";
import { factsOf } from "./types.js";

const NO_OVERLOAD = 2769;
const NOT_ASSIGNABLE = new Set([2322, 2345]);
/** What only says that a tensor is no number where it need not be one: an index, `x++`, a writable element. */
const HARMLESS = new Set([2356, 2538, 2542, 2464, 2360, 2361]);

/**
 * A diagnostic of the rewritten file in the user's terms: with Weft's code where the mistake has one when it runs.
 * Undefined for what the rules say better, or what is none in transformed code.
 */
export function fromDiagnostic(
  diagnostic: ts.Diagnostic,
  node: ts.Node,
  checker: ts.TypeChecker,
): RuleFinding | undefined {
  if (HARMLESS.has(diagnostic.code)) return undefined;
  const [message, ...notes] = compiler.flattenDiagnosticMessageText(diagnostic.messageText, "\n").split("\n");
  const plain = {
    node: outermostLiteral(node),
    code: `TS${diagnostic.code}`,
    message: message!,
    notes: notes.map((note) => note.trim()),
  };
  if (diagnostic.code === NO_OVERLOAD) return fromArguments(node, plain, checker);
  const given = givenTo(node);
  if (given) return fromDiagnostic(diagnostic, given, checker);
  if (!NOT_ASSIGNABLE.has(diagnostic.code) || !compiler.isExpression(node)) return plain;
  const facts = factsOf(checker.getTypeAtLocation(node), checker);
  if (facts.mayBePromise) {
    return { ...plain, code: takesTensor(node, checker) ? "W1002" : plain.code, hint: "await is missing" };
  }
  if (!takesTensor(node, checker)) return facts.mayBeTensor ? asValue(node, plain) : plain;
  const isMissing = facts.mayBeTensor && facts.mayBeNothing;
  return { ...plain, code: "W1002", ...(isMissing ? { hint: "write x! where it is always there" } : {}) };
}

/** The value behind a name that TypeScript complains at, because the value does not fit it. */
function givenTo(node: ts.Node): ts.Expression | undefined {
  const { parent } = node;
  if (compiler.isReturnStatement(node)) return node.expression;
  const isNamed =
    compiler.isVariableDeclaration(parent) ||
    compiler.isPropertyAssignment(parent) ||
    compiler.isPropertyDeclaration(parent);
  if (isNamed && parent.name === node) return parent.initializer;
  if (!compiler.isBinaryExpression(parent) || parent.left !== node) return undefined;
  return parent.operatorToken.kind === compiler.SyntaxKind.EqualsToken ? parent.right : undefined;
}

/** A call that fits no overload: by what its arguments are. */
function fromArguments(node: ts.Node, plain: RuleFinding, checker: ts.TypeChecker): RuleFinding {
  for (let call = node; call && !compiler.isStatement(call); call = call.parent) {
    if (!compiler.isCallExpression(call)) continue;
    const facts = call.arguments.map((argument) => factsOf(checker.getTypeAtLocation(argument), checker));
    const promise = call.arguments[facts.findIndex(({ mayBePromise }) => mayBePromise)];
    if (promise) return { ...plain, node: promise, code: "W1002", hint: "await is missing" };
    const tensor = call.arguments[facts.findIndex(({ mayBeTensor }) => mayBeTensor)];
    if (tensor) return { ...asValue(tensor, plain), node: tensor };
  }
  return plain;
}

/** A tensor where JavaScript needs a value. */
function asValue(node: ts.Expression, plain: RuleFinding): RuleFinding {
  const call = node.parent;
  const isMath = compiler.isCallExpression(call) && /^Math\.\w+$/.test(call.expression.getText());
  if (isMath) return { ...plain, code: "W1052", hint: "compute it with functions that take tensors" };
  return { ...plain, code: "W1001", hint: "await x.item() gives the number" };
}

function takesTensor(node: ts.Expression, checker: ts.TypeChecker): boolean {
  const wanted = checker.getContextualType(node);
  return wanted !== undefined && factsOf(wanted, checker).mayBeTensor;
}

/**
 * The number literal whose variable, property or parameter a tensor is assigned to. Without a type of its own it is
 * meant to be either, as in `let total = 0`.
 */
export function widenedBy(
  diagnostic: ts.Diagnostic,
  node: ts.Node,
  checker: ts.TypeChecker,
): ts.Node | undefined {
  if (!NOT_ASSIGNABLE.has(diagnostic.code) && diagnostic.code !== NO_OVERLOAD) return undefined;
  if (diagnostic.code === 2322) {
    const symbol = checker.getSymbolAtLocation(node) ?? symbolAssigned(node, checker);
    return symbol?.declarations?.map(initializerOf).find((found) => found !== undefined);
  }
  // `xs.reduce((sum, x) => sum + x * w, 0)`
  for (let call = diagnostic.code === 2345 ? node.parent : node; call; call = call.parent) {
    if (!compiler.isCallExpression(call)) continue;
    const last = call.arguments.at(-1);
    if (last && compiler.isNumericLiteral(last) && /\.reduce(Right)?$/.test(call.expression.getText()))
      return last;
    if (diagnostic.code === 2345) return parameterWidened(node, call, checker);
  }
  return undefined;
}

function symbolAssigned(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  if (compiler.isPropertyAccessExpression(node)) return checker.getSymbolAtLocation(node.name);
  return compiler.isExpression(node) ? checker.getSymbolAtLocation(node) : undefined;
}

function parameterWidened(
  node: ts.Node,
  call: ts.CallExpression,
  checker: ts.TypeChecker,
): ts.Node | undefined {
  const position = call.arguments.findIndex((argument) => argument === node);
  const declared = position < 0 ? undefined : checker.getResolvedSignature(call)?.parameters[position];
  return declared?.declarations?.map(initializerOf).find((found) => found !== undefined);
}

function initializerOf(declaration: ts.Declaration): ts.Node | undefined {
  const holds =
    compiler.isVariableDeclaration(declaration) ||
    compiler.isParameter(declaration) ||
    compiler.isPropertyDeclaration(declaration)
      ? declaration.type === undefined
      : compiler.isPropertyAssignment(declaration);
  if (!holds) return undefined;
  const { initializer } = declaration as ts.VariableDeclaration;
  return initializer && compiler.isNumericLiteral(initializer) ? initializer : undefined;
}

/** TypeScript names each element that does not fit; the mistake is what they are elements of. */
function outermostLiteral(node: ts.Node): ts.Node {
  let outer = node;
  while (compiler.isArrayLiteralExpression(outer.parent)) outer = outer.parent;
  return outer;
}
