import type ts from "typescript";
import { isWithin, livingAfter, writtenIn } from "./assigned.js";
import { accessors, decide } from "./branches.js";
import { nextToken, replace, type Rewriting, wrap } from "./rewriting.js";
import type { Binding } from "./scopes.js";
import { conditionOf, type Loop } from "./staging-plan.js";
import { syntax } from "./syntax.js";

/** Loops whose condition may be a tensor become calls; `continue` becomes the end of the body's function. */
export function rewriteLoop(rewriting: Rewriting, loop: Loop): void {
  const plan = rewriting.plan.of(loop);
  if (!plan) return;
  const condition = conditionOf(loop)!;
  if (plan.kind === "decide") return decide(rewriting, condition, plan.why);
  const { statement } = loop;
  const { incrementor } = loop as Partial<ts.ForStatement>;
  const written = writtenIn(rewriting.names, condition, statement, incrementor);
  const living = livingAfter(loop, written);
  const kept = written.filter((binding) => living.includes(binding) || !startsFresh(binding, loop));
  const end = `, ${rewriting.site(condition)}${accessors(rewriting, written, kept)})`;
  if (syntax.isForStatement(loop)) rewriteFor(rewriting, loop, end);
  else if (syntax.isDoStatement(loop)) rewriteDo(rewriting, loop, end);
  else rewriteWhile(rewriting, loop, end);
  // What ends last comes first.
  if (!syntax.isBlock(statement)) wrap(rewriting, statement, " {", ";}");
}

/** Whether each iteration surely writes the variable before it reads it. */
function startsFresh({ references }: Binding, loop: Loop): boolean {
  const first = references.find((place) => isWithin(place, loop));
  if (!first || !isWithin(first, loop.statement)) return false;
  const { parent } = first;
  if (!syntax.isBinaryExpression(parent) || parent.left !== first) return false;
  if (parent.operatorToken.kind !== syntax.SyntaxKind.EqualsToken) return false;
  const statement = parent.parent;
  const isUnconditional = syntax.isExpressionStatement(statement) && statement.parent === loop.statement;
  return isUnconditional && !references.some((place) => isWithin(place, parent.right));
}

/** `while (c) S` becomes `runtime.loop(() => (c), () => S, site);`. */
function rewriteWhile(rewriting: Rewriting, loop: ts.WhileStatement, end: string): void {
  const start = loop.getStart(rewriting.source);
  replace(rewriting, start, start + "while".length, `${rewriting.runtime}.loop`);
  wrap(rewriting, loop.expression, "() => (", ")");
  const close = nextToken(rewriting, loop.expression.end);
  replace(rewriting, close, close + 1, ", () =>");
  rewriting.edit.prependLeft(loop.end, `${end};`);
}

/** `do S while (c)` becomes `runtime.loopAfter(() => S, () => (c), site);`. */
function rewriteDo(rewriting: Rewriting, loop: ts.DoStatement, end: string): void {
  const start = loop.getStart(rewriting.source);
  replace(rewriting, start, start + "do".length, `${rewriting.runtime}.loopAfter(() =>`);
  const word = nextToken(rewriting, loop.statement.end);
  replace(rewriting, word, word + "while".length, ", () =>");
  const close = nextToken(rewriting, loop.expression.end) + 1;
  // The semicolon is not always there, and not needed twice.
  rewriting.edit.prependLeft(close, `${end};`);
}

/** `for (i; c; n) S` becomes `{ i; runtime.loopFor(() => (c), () => { n }, () => S, site); }`. */
function rewriteFor(rewriting: Rewriting, loop: ts.ForStatement, end: string): void {
  const { source, runtime, edit } = rewriting;
  const start = loop.getStart(source);
  const open = nextToken(rewriting, start + "for".length);
  replace(rewriting, start, start + "for".length, "{");
  replace(rewriting, open, open + 1, " ");
  const condition = loop.condition!;
  wrap(rewriting, condition, `${runtime}.loopFor(() => (`, ")");
  const semicolon = nextToken(rewriting, condition.end);
  replace(rewriting, semicolon, semicolon + 1, ", () => {");
  const close = nextToken(rewriting, loop.incrementor?.end ?? semicolon + 1);
  replace(rewriting, close, close + 1, "}, () =>");
  edit.prependLeft(loop.end, `${end}; }`);
}

/** `continue` of a loop that became a call. */
export function rewriteContinue(rewriting: Rewriting, node: ts.ContinueStatement): void {
  if (node.label) return;
  const loop = loopOf(node);
  if (!syntax.isWhileStatement(loop) && !syntax.isDoStatement(loop) && !syntax.isForStatement(loop)) return;
  if (rewriting.plan.of(loop)?.kind !== "region") return;
  const start = node.getStart(rewriting.source);
  replace(rewriting, start, start + "continue".length, "return");
}

function loopOf(node: ts.Node): ts.Node {
  let at = node.parent;
  while (!syntax.isIterationStatement(at, false)) at = at.parent;
  return at;
}
