import type ts from "typescript";
import { decide } from "./branches.js";
import { replace, type Rewriting, wrap } from "./rewriting.js";
import { bare, syntax } from "./syntax.js";

/** Methods of arrays that take the answer of a function for true or false. */
const ASKING_METHODS = new Set("filter find findIndex findLast findLastIndex some every".split(" "));
/** Functions that give an answer for anything but a number, and take a tensor for such. */
const NUMBER_TESTS = new Set("isFinite isInteger isNaN isSafeInteger".split(" "));

/**
 * What JavaScript itself takes for true or false, or for a number, without asking: `list.some((x) => x > 0)`, `Boolean(x)`,
 * `Number.isNaN(x)`, `new Array(n)`. A tensor is refused there, or its truth is given.
 */
export function rewriteTruth(rewriting: Rewriting, node: ts.CallExpression | ts.NewExpression): void {
  const { expression, arguments: given = [] } = node;
  const [first] = given;
  if (!first || syntax.isSpreadElement(first)) return;
  if (isGlobal(rewriting, expression, "Boolean") && syntax.isCallExpression(node)) {
    if (rewriting.isPlain(first)) return;
    const { runtime, source } = rewriting;
    replace(rewriting, expression.getStart(source), expression.end, `${runtime}.holds`);
    return wrap(rewriting, first, "", `, ${rewriting.site(node)}`);
  }
  if (isGlobal(rewriting, expression, "Array") && given.length === 1) return asNumber(rewriting, first);
  if (!syntax.isPropertyAccessExpression(expression)) return;
  const { expression: holder, name } = expression;
  if (NUMBER_TESTS.has(name.text) && isGlobal(rewriting, holder, "Number")) return asNumber(rewriting, first);
  if (ASKING_METHODS.has(name.text)) refuseAnswers(rewriting, first);
}

function isGlobal({ names }: Rewriting, node: ts.Expression, name: string): boolean {
  return syntax.isIdentifier(node) && node.text === name && names.globals.has(node);
}

function asNumber(rewriting: Rewriting, node: ts.Expression): void {
  if (!rewriting.isPlain(node))
    wrap(rewriting, node, `${rewriting.runtime}.number(`, `, ${rewriting.site(node)})`);
}

/** A function that is written there, or one of the file. */
function refuseAnswers(rewriting: Rewriting, given: ts.Expression): void {
  const f = bare(given);
  if (syntax.isArrowFunction(f) && !syntax.isBlock(f.body)) return decide(rewriting, f.body, "answer");
  const isKnown = syntax.isIdentifier(f) && isFunction(rewriting, f);
  if (!isKnown && !syntax.isArrowFunction(f) && !syntax.isFunctionExpression(f)) return;
  wrap(rewriting, given, `${rewriting.runtime}.predicate(`, `, ${rewriting.site(given)})`);
}

function isFunction({ names }: Rewriting, node: ts.Identifier): boolean {
  const binding = names.bindingOf(node);
  if (!binding || binding.kind === "function") return binding !== undefined;
  const { declaration } = binding;
  if (!binding.isConstant || !syntax.isVariableDeclaration(declaration) || !declaration.initializer)
    return false;
  const value = bare(declaration.initializer);
  return syntax.isArrowFunction(value) || syntax.isFunctionExpression(value);
}
