import type ts from "typescript";
import { livingAfter, writtenIn } from "./assigned.js";
import { isPart, referTo } from "./assignments.js";
import { accessors } from "./branches.js";
import { replace, type Rewriting, wrap } from "./rewriting.js";
import type { Obstacle } from "../staging/obstacles.js";
import { syntax } from "./syntax.js";

const kind = syntax.SyntaxKind;

/**
 * `x ||= e` becomes `x = runtime.or(x, () => (e), site)`, `o.p ||= e` becomes `runtime.assignOr(runtime.part(o, "p"), () => (e),
 * site)`, and `&&=` likewise. `??=` is JavaScript's: a tensor is neither null nor undefined.
 */
export function rewriteLogicalAssignment(rewriting: Rewriting, node: ts.BinaryExpression): void {
  const { left, operatorToken, right } = node;
  const isAnd = operatorToken.kind === kind.AmpersandAmpersandEqualsToken;
  if ((!isAnd && operatorToken.kind !== kind.BarBarEqualsToken) || rewriting.isPlain(left)) return;
  const why =
    rewriting.plan.obstacleIn(right) ?? (syntax.isIdentifier(left) && takesName(right) ? "name" : null);
  if (why) return refuseTensors(rewriting, node, why);
  const { runtime, source } = rewriting;
  const written = writtenIn(rewriting.names, right);
  const end = `), ${rewriting.site(node)}${accessors(rewriting, written, livingAfter(node, written))})`;
  const [start, stop] = [operatorToken.getStart(source), operatorToken.end];
  if (isPart(left)) {
    wrap(rewriting, node, `${runtime}.${isAnd ? "assignAnd" : "assignOr"}(`, end);
    referTo(rewriting, left);
    return replace(rewriting, start, stop, ", () => (");
  }
  const name = isAnd ? "and" : "or";
  if (syntax.isIdentifier(left) && rewriting.names.bindingOf(left)?.isConstant === false) {
    replace(rewriting, start, stop, `= ${runtime}.${name}(${left.text}, () => (`);
    return void rewriting.edit.prependLeft(node.end, end);
  }
  // Private fields, `super.p`, constants and globals, which are written only where JavaScript would.
  const { parameter } = rewriting;
  const set = `(${parameter}) => { ${left.getText(source)} = ${parameter}; }`;
  wrap(rewriting, node, `${runtime}.${name}Set(${set}, `, end);
  replace(rewriting, start, stop, ", () => (");
}

/** A function without a name takes that of the variable. */
function takesName(node: ts.Expression): boolean {
  return syntax.isFunctionExpression(node) || syntax.isArrowFunction(node) || syntax.isClassExpression(node);
}

/** The assignment stays JavaScript's, where what it decides on is no tensor. */
function refuseTensors(rewriting: Rewriting, node: ts.BinaryExpression, why: Obstacle): void {
  const { runtime, source } = rewriting;
  const { left } = node;
  rewriting.decisions.push({ node: left, why });
  const site = rewriting.site(left);
  if (isPart(left)) {
    wrap(rewriting, left, `${runtime}.decidedPart(`, `, "${why}", ${site}).value`);
    return referTo(rewriting, left);
  }
  const test = `${runtime}.decide(${left.getText(source)}, "${why}", ${site})`;
  wrap(rewriting, node, `${runtime}.given(${test}, `, ")");
}
