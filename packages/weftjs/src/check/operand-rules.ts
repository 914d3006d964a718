import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";
import type { Facts } from "./types.js";
import { factsOf } from "./types.js";
import { OPERATORS } from "./rewrite.js";

/** A finding in terms of the rewritten file. */
export interface RuleFinding {
  readonly node: ts.Node;
  readonly code: string;
  readonly message: string;
  readonly notes?: readonly string[];
  readonly hint?: string;
}

export interface RuleContext {
  readonly checker: ts.TypeChecker;
  /** The operator that a call stands for. */
  operatorOf(call: ts.CallExpression): string | undefined;
}

const kind = compiler.SyntaxKind;

/** What types let pass and what fails on tensors when it runs: operators, keys, strings, comparisons of objects. */
export function applyRules(source: ts.SourceFile, context: RuleContext): RuleFinding[] {
  const found: RuleFinding[] = [];
  const visit = (node: ts.Node): void => {
    for (const rule of RULES) {
      const finding = rule(node, context);
      if (finding) {
        found.push(finding);
        break;
      }
    }
    compiler.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

type Rule = (node: ts.Node, context: RuleContext) => RuleFinding | undefined;

const AWAIT = "it is read later: write await in front of it, in an async function";
const READ = "write await x.item() for the number, String(await x.toArray()) for the elements";

const wrongOperand: Rule = (node, { checker, operatorOf }) => {
  if (!isOperatorCall(node)) return undefined;
  const operator = operatorOf(node);
  const operands = node.arguments;
  if (operator === undefined) return undefined;
  const facts = operands.map((operand) => factsOf(checker.getTypeAtLocation(operand), checker));
  if (facts.some(({ mayBePromise }) => mayBePromise)) {
    const culprit = operands[facts.findIndex(({ mayBePromise }) => mayBePromise)]!;
    return {
      node: culprit,
      code: "W1002",
      message: `${operator} takes tensors and numbers, this operand is a promise`,
      hint: AWAIT,
    };
  }
  const isText = facts.some(({ mayBeString }) => mayBeString);
  const tensor = facts.findIndex(({ mayBeTensor }) => mayBeTensor);
  if (operator === "+" && isText) {
    if (tensor < 0) return undefined;
    return inText(operands[tensor]!);
  }
  const wrong = facts.findIndex((fact) => !isOperand(fact, tensor >= 0));
  if (wrong < 0 || (tensor < 0 && isComparable(operator, facts))) return undefined;
  const type = checker.typeToString(checker.getTypeAtLocation(operands[wrong]!));
  return {
    node: operands[wrong]!,
    code: "W1002",
    message: `${operator} takes tensors and numbers, ${sideOf(wrong, operands.length)} is ${type}`,
    hint: facts[wrong]!.mayBeOther
      ? "make it a tensor first: tensor([…])"
      : "make it a number or a tensor first",
  };
};

function sideOf(index: number, count: number): string {
  if (count === 1) return "the operand";
  return index === 0 ? "the left operand" : "the right operand";
}

function isOperand(fact: Facts, meetsTensor: boolean): boolean {
  if (fact.isAny) return true;
  if (fact.mayBeNothing || fact.mayBeOther || fact.mayBeString) return false;
  if (fact.mayBeBigInt) return !meetsTensor && !fact.mayBeNumber;
  return !fact.mayBeBoolean || meetsTensor;
}

/** JavaScript compares texts and dates too; what it makes of the rest is TypeScript's to judge. */
function isComparable(operator: string, facts: readonly Facts[]): boolean {
  if (!/^[<>]=?$/.test(operator)) return false;
  return facts.every((fact) => !fact.mayBeNothing);
}

const inTemplate: Rule = (node, { checker }) => {
  if (!compiler.isTemplateSpan(node) || compiler.isTaggedTemplateExpression(node.parent.parent))
    return undefined;
  const facts = factsOf(checker.getTypeAtLocation(node.expression), checker);
  if (facts.mayBeTensor) return inText(node.expression);
  if (!facts.mayBePromise) return undefined;
  return { node: node.expression, code: "W1002", message: "a promise was put into a string", hint: AWAIT };
};

function inText(node: ts.Node): RuleFinding {
  return { node, code: "W1001", message: "a tensor was used as a JavaScript string or a key", hint: READ };
}

/** Functions of JavaScript's own that need the value at once. */
const CONVERSIONS = new Set([
  "String",
  "Number",
  "BigInt",
  "parseFloat",
  "parseInt",
  "isNaN",
  "isFinite",
  "Symbol",
]);
const METHODS = new Set([
  "JSON.stringify",
  "Number.isNaN",
  "Number.isFinite",
  "Number.isInteger",
  "Number.parseFloat",
]);

const conversion: Rule = (node, { checker }) => {
  if (!compiler.isCallExpression(node)) return undefined;
  const name = node.expression.getText();
  const isOwn = CONVERSIONS.has(name) && isGlobal(node.expression, checker);
  if (!isOwn && !METHODS.has(name)) return undefined;
  const culprit = node.arguments.find(
    (argument) => factsOf(checker.getTypeAtLocation(argument), checker).mayBeTensor,
  );
  if (!culprit) return undefined;
  return {
    node: culprit,
    code: "W1001",
    message: `a tensor was given to ${name}, which needs its value at once`,
    hint: READ,
  };
};

/** Not an import or a variable of that name: `isNaN` of the library takes tensors. */
function isGlobal(node: ts.Node, checker: ts.TypeChecker): boolean {
  const symbol = checker.getSymbolAtLocation(node);
  return (symbol?.declarations ?? []).some((declaration) => declaration.getSourceFile().isDeclarationFile);
}

const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  kind.EqualsEqualsToken,
  kind.EqualsEqualsEqualsToken,
  kind.ExclamationEqualsToken,
  kind.ExclamationEqualsEqualsToken,
]);

const compared: Rule = (node, { checker }) => {
  if (!compiler.isBinaryExpression(node) || !EQUALITY.has(node.operatorToken.kind)) return undefined;
  const [left, right] = [node.left, node.right].map((side) =>
    factsOf(checker.getTypeAtLocation(side), checker),
  );
  if (!left!.mayBeTensor && !right!.mayBeTensor) return undefined;
  // Against null, undefined and texts a tensor is rightly another.
  if (
    [left!, right!].some(
      (side) => !side.isAny && !side.mayBeTensor && !side.mayBeNumber && !side.mayBeBoolean,
    )
  )
    return undefined;
  return {
    node,
    code: "W1050",
    message: `tensors were compared with ${node.operatorToken.getText()}, which asks whether two objects are one`,
    hint: "write equal(a, b) for the elements, Object.is(a, b) for the objects",
  };
};

const switched: Rule = (node, { checker }) => {
  if (!compiler.isSwitchStatement(node)) return undefined;
  if (!factsOf(checker.getTypeAtLocation(node.expression), checker).mayBeTensor) return undefined;
  return {
    node: node.expression,
    code: "W1050",
    message: "switch compares with ===, which asks whether two objects are one",
    hint: "write if (x > 0) … or where(c, a, b)",
  };
};

const key: Rule = (node, { checker }) => {
  const name = keyOf(node);
  if (!name || !factsOf(checker.getTypeAtLocation(name), checker).mayBeTensor) return undefined;
  if (compiler.isElementAccessExpression(node)) {
    const holder = factsOf(checker.getTypeAtLocation(node.expression), checker);
    if (holder.mayBeTensor || holder.isAny) return undefined;
  }
  return { ...inText(name), hint: "await x.item() gives the number; take(x, i) picks by an integer tensor" };
};

function keyOf(node: ts.Node): ts.Expression | undefined {
  if (compiler.isElementAccessExpression(node)) return node.argumentExpression;
  if (compiler.isComputedPropertyName(node)) return node.expression;
  const isIn = compiler.isBinaryExpression(node) && node.operatorToken.kind === kind.InKeyword;
  return isIn ? node.left : undefined;
}

const partAssigned: Rule = (node, { checker }) => {
  if (!compiler.isBinaryExpression(node) || node.operatorToken.kind !== kind.EqualsToken) return undefined;
  const { left } = node;
  if (!compiler.isElementAccessExpression(left)) return undefined;
  if (!factsOf(checker.getTypeAtLocation(left.expression), checker).mayBeTensor) return undefined;
  return {
    node: left,
    code: "W1051",
    message: "a part of a tensor was assigned to; tensors never change",
    hint: "write x = x.at(i).set(value) or x = x.at(i).add(value), which give a new one",
  };
};

function isOperatorCall(node: ts.Node): node is ts.CallExpression {
  return (
    compiler.isCallExpression(node) &&
    compiler.isPropertyAccessExpression(node.expression) &&
    compiler.isIdentifier(node.expression.expression) &&
    node.expression.expression.text === OPERATORS
  );
}

const plusSign: Rule = (node, { checker }) => {
  if (!compiler.isPrefixUnaryExpression(node) || node.operator !== kind.PlusToken) return undefined;
  if (!factsOf(checker.getTypeAtLocation(node.operand), checker).mayBeTensor) return undefined;
  return { node, code: "W1001", message: "a tensor was used as a JavaScript number", hint: READ };
};

const RULES: readonly Rule[] = [
  wrongOperand,
  inTemplate,
  conversion,
  compared,
  switched,
  key,
  partAssigned,
  plusSign,
];
