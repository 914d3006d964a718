import { formatType } from "@weftjs/ir";
import type ts from "typescript";
import * as weft from "../index.js";
import { compiler } from "../hosts/compiler.js";
import type { Evaluator } from "./evaluate.js";
import { UNKNOWN } from "./known-values.js";
import type { RuleFinding } from "./operand-rules.js";
import { isTensorAlone } from "./types.js";

/**
 * Choices that a tensor decides: both ways must come to the same kind of value, and the condition is one value. Said
 * where shapes are known from the source.
 */
export function branchFinding(
  node: ts.Node,
  checker: ts.TypeChecker,
  evaluator: Evaluator,
): RuleFinding | undefined {
  const condition = conditionOf(node);
  if (!condition || !isTensorAlone(checker.getTypeAtLocation(condition), checker)) return undefined;
  const decides = evaluator.value(condition);
  if (decides instanceof weft.Tensor && decides.size !== 1) {
    return {
      node: condition,
      code: "W1055",
      message: `a condition is one value, got ${formatType(decides.type)}`,
      hint: "write any(c) or all(c), or where(c, a, b) to choose element by element",
    };
  }
  for (const [name, one, other] of waysOf(node, checker)) {
    const [a, b] = [one, other].map((way) => kindOf(evaluator.value(way)));
    if (a === undefined || b === undefined || a === b) continue;
    return {
      node,
      code: "W1053",
      message: `${name} is ${a} where the condition holds and ${b} where not; a tensor decides, so it must be of one kind`,
      hint: "give it the same shape, dtype and structure on both ways, as in let y = zeros([3])",
    };
  }
  return undefined;
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (compiler.isConditionalExpression(node)) return node.condition;
  if (compiler.isIfStatement(node) || compiler.isWhileStatement(node) || compiler.isDoStatement(node))
    return node.expression;
  return compiler.isForStatement(node) ? node.condition : undefined;
}

/** A tensor's type; a number may become whatever the tensor of the other way is. */
function kindOf(value: unknown): string | undefined {
  return value instanceof weft.Tensor && value !== (UNKNOWN as unknown) ? formatType(value.type) : undefined;
}

type Ways = readonly (readonly [name: string, one: ts.Expression, other: ts.Expression])[];

function waysOf(node: ts.Node, checker: ts.TypeChecker): Ways {
  if (compiler.isConditionalExpression(node)) return [["the value", node.whenTrue, node.whenFalse]];
  if (!compiler.isIfStatement(node)) return [];
  const [held, not] = [node.thenStatement, node.elseStatement].map((part) => assignments(part, checker));
  const ways: (readonly [string, ts.Expression, ts.Expression])[] = [];
  for (const [symbol, value] of held!) {
    const other = not!.get(symbol) ?? initially(symbol);
    if (other) ways.push([symbol.name, value, other]);
  }
  for (const [symbol, value] of not!) {
    const other = held!.has(symbol) ? undefined : initially(symbol);
    if (other) ways.push([symbol.name, other, value]);
  }
  const [early, late] = [
    returned(node.thenStatement),
    returned(node.elseStatement) ?? returned(following(node)),
  ];
  if (early && late) ways.push(["what it returns", early, late]);
  return ways;
}

/** The last plain assignment to each variable. */
function assignments(
  statement: ts.Statement | undefined,
  checker: ts.TypeChecker,
): ReadonlyMap<ts.Symbol, ts.Expression> {
  const found = new Map<ts.Symbol, ts.Expression>();
  for (const one of statementsOf(statement)) {
    if (!compiler.isExpressionStatement(one) || !compiler.isBinaryExpression(one.expression)) continue;
    const { left, operatorToken, right } = one.expression;
    if (operatorToken.kind !== compiler.SyntaxKind.EqualsToken || !compiler.isIdentifier(left)) continue;
    const symbol = checker.getSymbolAtLocation(left);
    if (symbol) found.set(symbol, right);
  }
  return found;
}

/** What a variable holds unless a branch changes it: its initial value, if nothing else is assigned to it before. */
function initially(symbol: ts.Symbol): ts.Expression | undefined {
  const declaration = symbol.declarations?.[0];
  return declaration && compiler.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
}

function returned(statement: ts.Statement | undefined): ts.Expression | undefined {
  const last = statementsOf(statement).at(-1);
  return last && compiler.isReturnStatement(last) ? last.expression : undefined;
}

function statementsOf(statement: ts.Statement | undefined): readonly ts.Statement[] {
  if (!statement) return [];
  return compiler.isBlock(statement) ? statement.statements : [statement];
}

function following(node: ts.IfStatement): ts.Statement | undefined {
  const { parent } = node;
  if (!compiler.isBlock(parent)) return undefined;
  return parent.statements[parent.statements.indexOf(node) + 1];
}
