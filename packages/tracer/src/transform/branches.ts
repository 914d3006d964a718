import type ts from "typescript";
import type { Obstacle } from "../staging/obstacles.js";
import { isWithin, livingAfter, outlivingFunction, writtenIn } from "./assigned.js";
import { replace, type Rewriting, nextToken, wrap } from "./rewriting.js";
import type { Binding } from "./scopes.js";
import type { Plan, Rest } from "./staging-plan.js";
import { syntax } from "./syntax.js";

/**
 * Functions that read and set variables, as the last arguments of a call; nothing where there are none. Those that
 * are not kept, which nobody reads afterwards, are marked.
 */
export function accessors(
  { parameter }: Rewriting,
  bindings: readonly Binding[],
  kept: readonly Binding[],
): string {
  if (bindings.length === 0) return "";
  const names = bindings.map(({ name }) => name);
  const given = names.map((_, k) => `${parameter}${k}`);
  const labels = JSON.stringify(
    bindings.map((binding) => (kept.includes(binding) ? binding.name : `${binding.name}?`)).join(" "),
  );
  const sets = names.map((name, k) => `${name} = ${given[k]};`).join(" ");
  return `, ${labels}, () => [${names.join(", ")}], (${given.join(", ")}) => { ${sets} }`;
}

/** `c ? a : b` becomes `runtime.select(c, () => (a), () => (b), site)`. */
export function rewriteConditional(rewriting: Rewriting, node: ts.ConditionalExpression): void {
  const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
  const { runtime, source, plan } = rewriting;
  if (rewriting.isPlain(condition)) return;
  const why = plan.obstacleIn(whenTrue, whenFalse);
  if (why) return decide(rewriting, condition, why);
  const written = writtenIn(rewriting.names, whenTrue, whenFalse);
  wrap(
    rewriting,
    node,
    `${runtime}.select(`,
    `), ${rewriting.site(node)}${accessors(rewriting, written, livingAfter(node, written))})`,
  );
  replace(rewriting, questionToken.getStart(source), questionToken.end, ", () => (");
  replace(rewriting, colonToken.getStart(source), colonToken.end, "), () => (");
}

/** `a && b` becomes `runtime.and(a, () => (b), site)`; `||` likewise. */
export function rewriteLogical(rewriting: Rewriting, node: ts.BinaryExpression): void {
  const { left, operatorToken, right } = node;
  const kind = syntax.SyntaxKind;
  const isAnd = operatorToken.kind === kind.AmpersandAmpersandToken;
  if ((!isAnd && operatorToken.kind !== kind.BarBarToken) || rewriting.isPlain(left)) return;
  const { runtime, source, plan } = rewriting;
  const why = plan.obstacleIn(right);
  if (why) return decide(rewriting, left, why);
  const written = writtenIn(rewriting.names, right);
  const end = `), ${rewriting.site(node)}${accessors(rewriting, written, livingAfter(node, written))})`;
  wrap(rewriting, node, `${runtime}.${isAnd ? "and" : "or"}(`, end);
  replace(rewriting, operatorToken.getStart(source), operatorToken.end, ", () => (");
}

/** A condition that stays JavaScript's: a tensor in it is refused, with the reason. */
export function decide(rewriting: Rewriting, condition: ts.Expression, why: Obstacle): void {
  if (rewriting.isPlain(condition)) return;
  rewriting.decisions.push({ node: condition, why });
  wrap(rewriting, condition, `${rewriting.runtime}.decide(`, `, "${why}", ${rewriting.site(condition)})`);
}

/** `if (c) A else B` becomes `runtime.branch(c, () => A, () => B, site);`. */
export function rewriteIf(rewriting: Rewriting, node: ts.IfStatement): void {
  const plan = rewriting.plan.of(node);
  if (!plan) return;
  if (plan.kind === "decide") return decide(rewriting, node.expression, plan.why);
  if (plan.kind === "loop") return;
  const { source, runtime, rest } = rewriting;
  const isChoice = plan.kind === "choice";
  const head =
    plan.kind === "choice" ? `return ${runtime}.${chooserOf(rewriting, plan)}` : `${runtime}.branch`;
  const arrow = isChoice ? `, (${rest}) =>` : ", () =>";
  const start = node.getStart(source);
  replace(rewriting, start, start + "if".length, head);
  const close = nextToken(rewriting, node.expression.end);
  replace(rewriting, close, close + 1, arrow);
  // What ends last comes first.
  endIf(rewriting, node, plan);
  asBody(rewriting, node.thenStatement, isChoice);
  if (!node.elseStatement) return;
  const otherwise = nextToken(rewriting, node.thenStatement.end);
  replace(rewriting, otherwise, otherwise + "else".length, arrow);
  asBody(rewriting, node.elseStatement, isChoice);
}

/** In the body of a loop, what a way comes to is how the body ends. */
function chooserOf({ plan }: Rewriting, { frame }: Rest): string {
  return plan.isTaken(frame) ? "chooseExit" : "choose";
}

function endIf(
  rewriting: Rewriting,
  node: ts.IfStatement,
  plan: Extract<Plan, { kind: "region" | "choice" }>,
): void {
  const { names, edit, runtime } = rewriting;
  const { thenStatement, elseStatement } = node;
  const missing = elseStatement ? "" : ", undefined";
  const site = rewriting.site(node.expression);
  if (plan.kind === "region") {
    const written = writtenIn(names, thenStatement, elseStatement);
    edit.prependLeft(
      node.end,
      `${missing}, ${site}${accessors(rewriting, written, livingAfter(node, written))});`,
    );
    return;
  }
  const outer = isInChoice(rewriting, node) ? rewriting.rest : "undefined";
  const written = writtenIn(names, ...laterIn(plan.frame, node));
  const kept = outlivingFunction(plan.frame, written);
  const variables = accessors(rewriting, written, kept) || ", undefined, undefined, undefined";
  const last = plan.rest.at(-1);
  edit.prependLeft(node.end, `${missing}, ${site}, ${outer}${variables}${last ? ", () => {" : ");"}`);
  if (!last) return;
  const falls = outer === "undefined" ? "" : ` return ${runtime}.FELL;`;
  edit.prependLeft(last.end, `;${falls} });`);
}

/** A statement as the body of a function; that of a choice says when it ended without leaving. */
function asBody(rewriting: Rewriting, node: ts.Statement, isChoice: boolean): void {
  const { edit, runtime, source } = rewriting;
  const fell = isChoice ? ` return ${runtime}.FELL; ` : "";
  if (!syntax.isBlock(node)) return wrap(rewriting, node, " {", `;${fell}}`);
  if (!isChoice) return;
  const last = node.statements.at(-1);
  // Not at the brace: a comment may end there.
  if (last) edit.prependLeft(last.end, `;${fell}`);
  else edit.appendRight(node.getStart(source) + 1, fell);
}

/** Whether the statement stands in a branch of a choice of the same function or loop. */
export function isInChoice({ plan }: Rewriting, node: ts.Statement): boolean {
  for (let at: ts.Node = node; ; at = at.parent) {
    const { parent } = at;
    if (syntax.isFunctionLike(parent) || syntax.isIterationStatement(parent, false)) return false;
    if (syntax.isIfStatement(parent) && plan.of(parent)?.kind === "choice") return true;
    if (syntax.isSourceFile(parent)) return false;
  }
}

/** Everything of the function that may run in the choice or after it. */
export function laterIn(frame: ts.Node, node: ts.Node): readonly ts.Node[] {
  const later: ts.Node[] = [];
  for (let at = node; at !== frame; at = at.parent) {
    later.push(at);
    const { parent } = at;
    if (syntax.isBlock(parent))
      later.push(...parent.statements.filter((statement) => statement.pos >= at.end));
    if (isWithin(parent, frame) && parent.parent === frame) break;
  }
  return later;
}
