import type ts from "typescript";
import { isWithin, livingAfter, outlivingFunction, writtenIn } from "./assigned.js";
import { accessors, decide, isInChoice, laterIn } from "./branches.js";
import { exitsOf } from "./exits.js";
import { conditionOf, isCounted, isLoop, isRepeating, type Loop } from "./loop-obstacles.js";
import { nextToken, replace, type Rewriting, wrap } from "./rewriting.js";
import type { Binding } from "./scopes.js";
import type { Plan } from "./staging-plan.js";
import { syntax } from "./syntax.js";

type LoopPlan = Extract<Plan, { kind: "loop" }>;

/** What stands around the call that a loop becomes, and after the last statement that follows it. */
interface Around {
  readonly before: string;
  readonly after: string;
  /** Null where nothing that follows is part of it. */
  readonly last: { readonly statement: ts.Statement; readonly text: string } | null;
}

/**
 * Loops that a tensor may decide on become calls, with their bodies as functions; `break`, `continue` and `return` in
 * them become what such a function gives.
 */
export function rewriteLoop(rewriting: Rewriting, loop: Loop): void {
  const plan = rewriting.plan.of(loop);
  if (!plan) return;
  if (plan.kind === "decide") return decide(rewriting, conditionOf(loop)!, plan.why);
  if (plan.kind !== "loop") return;
  const around = aroundLoop(rewriting, loop, plan);
  const { statement } = loop;
  const hidden = hidesHead(loop, around);
  if (around.last) {
    const closing = isRepeating(loop) && (hidden || !syntax.isForStatement(loop)) ? "" : " }";
    rewriting.edit.prependLeft(around.last.statement.end, `${around.last.text}${closing}`);
  }
  if (!isRepeating(loop)) return rewriteRun(rewriting, loop, around);
  const { incrementor } = loop as Partial<ts.ForStatement>;
  const written = writtenIn(rewriting.names, conditionOf(loop), statement, incrementor);
  const living = livingAfter(loop, written);
  const kept = written.filter((binding) => living.includes(binding) || !startsFresh(binding, loop));
  const site = rewriting.site(conditionOf(loop) ?? loop);
  const counted = syntax.isForStatement(loop) ? `, ${isCounted(rewriting.names, loop)}` : "";
  const end = `, ${plan.hasExits}${counted}, ${site}${accessors(rewriting, written, kept)})`;
  if (syntax.isForStatement(loop)) rewriteFor(rewriting, loop, end, around, hidden);
  else if (syntax.isDoStatement(loop)) rewriteDo(rewriting, loop, end, around);
  else rewriteWhile(rewriting, loop, end, around);
  // What ends last comes first.
  if (!syntax.isBlock(statement)) wrap(rewriting, statement, " {", ";}");
}

/** Where the loop may be left by `return`, what follows it becomes a function, or only JavaScript can decide on that. */
function aroundLoop(rewriting: Rewriting, loop: Loop, { rest }: LoopPlan): Around {
  const { runtime, names, plan } = rewriting;
  if (rest === null) return { before: "", after: ";", last: null };
  const site = rewriting.site(loop);
  if (!rest) {
    noteReturns(rewriting, loop.statement);
    const left = `${rewriting.parameter}0`;
    const given = frameAround(rewriting, loop) ? `${runtime}.leave(${left})` : left;
    const before = `for (const ${left} of ${runtime}.leaving(`;
    return { before, after: `, ${site})) return ${given};`, last: null };
  }
  const outer = isInChoice(rewriting, loop) ? rewriting.rest : "undefined";
  const written = writtenIn(names, ...laterIn(rest.frame, loop));
  const variables = accessors(rewriting, written, outlivingFunction(rest.frame, written));
  const statement = rest.rest.at(-1);
  const before = `return ${runtime}.${plan.isTaken(rest.frame) ? "onwardExit" : "onward"}(`;
  const after = `, ${site}, ${outer}${variables || ", undefined, undefined, undefined"}`;
  if (!statement) return { before, after: `${after});`, last: null };
  const falls = outer === "undefined" ? "" : ` return ${runtime}.FELL;`;
  return { before, after: `${after}, () => {`, last: { statement, text: `;${falls} });` } };
}

/** Conditions with a return that only JavaScript can decide on. */
function noteReturns(rewriting: Rewriting, piece: ts.Node): void {
  if (syntax.isFunctionLike(piece)) return;
  if (syntax.isIfStatement(piece) && exitsOf(piece.thenStatement, piece.elseStatement).returns)
    rewriting.decisions.push({ node: piece.expression, why: "return" });
  syntax.forEachChild(piece, (child) => noteReturns(rewriting, child));
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

/** `while (c) S` becomes `runtime.loop(() => (c), () => S, exits, site);`. */
function rewriteWhile(rewriting: Rewriting, loop: ts.WhileStatement, end: string, around: Around): void {
  const start = loop.getStart(rewriting.source);
  replace(rewriting, start, start + "while".length, `${around.before}${rewriting.runtime}.loop`);
  wrap(rewriting, loop.expression, "() => (", ")");
  const close = nextToken(rewriting, loop.expression.end);
  replace(rewriting, close, close + 1, ", () =>");
  rewriting.edit.prependLeft(loop.end, `${end}${around.after}`);
}

/** `do S while (c)` becomes `runtime.loopAfter(() => S, () => (c), exits, site);`. */
function rewriteDo(rewriting: Rewriting, loop: ts.DoStatement, end: string, around: Around): void {
  const start = loop.getStart(rewriting.source);
  replace(rewriting, start, start + "do".length, `${around.before}${rewriting.runtime}.loopAfter(() =>`);
  const word = nextToken(rewriting, loop.statement.end);
  replace(rewriting, word, word + "while".length, ", () =>");
  const close = nextToken(rewriting, loop.expression.end) + 1;
  // The semicolon is not always there, and not needed twice.
  if (loop.end > close) replace(rewriting, loop.end - 1, loop.end, " ");
  rewriting.edit.prependLeft(close, `${end}${around.after}`);
}

/**
 * `for (i; c; n) S` becomes `{ i; runtime.loopFor(() => (c), () => { n }, () => S, exits, counted, site); }`. Where what follows is
 * part of it, the variables of the head must not hide others there.
 */
function rewriteFor(
  rewriting: Rewriting,
  loop: ts.ForStatement,
  end: string,
  around: Around,
  isHidden: boolean,
): void {
  const { source, runtime, edit } = rewriting;
  const { initializer, condition, incrementor } = loop;
  const start = loop.getStart(source);
  const open = nextToken(rewriting, start + "for".length);
  const first = nextToken(rewriting, initializer?.end ?? open + 1);
  const second = nextToken(rewriting, condition?.end ?? first + 1);
  const close = nextToken(rewriting, incrementor?.end ?? second + 1);
  const call = `${isHidden ? "return " : around.before}${runtime}.loopFor(() => (`;
  replace(rewriting, start, start + "for".length, isHidden ? `${around.before}(() => {` : "{");
  replace(rewriting, open, open + 1, " ");
  if (condition) wrap(rewriting, condition, call, ")");
  replace(rewriting, second, second + 1, condition ? ", () => {" : `${call}true), () => {`);
  replace(rewriting, close, close + 1, "}, () =>");
  if (isHidden) return void edit.prependLeft(loop.end, `${end}; })()${around.after}`);
  edit.prependLeft(loop.end, `${end}${around.after}${around.last ? "" : " }"}`);
}

/** Whether what follows a `for` becomes part of it, where the variables of its head must not be seen. */
function hidesHead(loop: Loop, { before }: Around): boolean {
  if (!syntax.isForStatement(loop) || !before.startsWith("return")) return false;
  const { initializer } = loop;
  if (!initializer || !syntax.isVariableDeclarationList(initializer)) return false;
  return (initializer.flags & syntax.NodeFlags.BlockScoped) !== 0;
}

/**
 * `for (const x of list) S` becomes
 * `{ const run = runtime.run(site); for (const x of run.of(list)) { if (run.step(() => S)) break; } }`.
 */
function rewriteRun(rewriting: Rewriting, loop: ts.ForOfStatement | ts.ForInStatement, around: Around): void {
  const { runtime, names, source, edit, run } = rewriting;
  const { statement, expression } = loop;
  const written = writtenIn(names, statement).filter(({ scope }) => scope.node !== loop);
  const living = livingAfter(loop, written);
  const kept = written.filter((binding) => living.includes(binding) || !startsFresh(binding, loop));
  const variables = accessors(rewriting, written, kept);
  edit.appendRight(
    loop.getStart(source),
    `{ const ${run} = ${runtime}.run(${rewriting.site(loop)}${variables}); `,
  );
  wrap(rewriting, expression, `${run}.${syntax.isForOfStatement(loop) ? "of" : "in"}(`, ")");
  const after = around.before ? ` ${around.before}${run}.end()${around.after}` : "";
  edit.prependLeft(loop.end, `${after}${around.last ? "" : " }"}`);
  const isBlock = syntax.isBlock(statement);
  wrap(
    rewriting,
    statement,
    `{ if (${run}.step(() => ${isBlock ? "" : "{"}`,
    `${isBlock ? "" : ";}"})) break; }`,
  );
}

/** `break` and `continue` of a loop that became a call. */
export function rewriteJump(rewriting: Rewriting, node: ts.BreakOrContinueStatement): void {
  if (node.label || !rewriting.plan.isTaken(targetOf(node))) return;
  const start = node.getStart(rewriting.source);
  const isBreak = syntax.isBreakStatement(node);
  const length = (isBreak ? "break" : "continue").length;
  replace(rewriting, start, start + length, isBreak ? `return ${rewriting.runtime}.BREAK` : "return");
}

function targetOf(node: ts.BreakOrContinueStatement): ts.Node {
  let at = node.parent;
  const stopsAtSwitch = syntax.isBreakStatement(node);
  while (!isLoop(at) && !(stopsAtSwitch && syntax.isSwitchStatement(at))) at = at.parent;
  return at;
}

/** `return v` in the body of a loop that became a call. */
export function rewriteReturn(rewriting: Rewriting, node: ts.ReturnStatement): void {
  if (!frameAround(rewriting, node)) return;
  const { runtime, source, edit } = rewriting;
  if (node.expression) return wrap(rewriting, node.expression, `${runtime}.leave(`, ")");
  edit.appendLeft(node.getStart(source) + "return".length, ` ${runtime}.leave()`);
}

/** The innermost loop around a statement, within its function, whose body became a function. */
function frameAround({ plan }: Rewriting, node: ts.Node): Loop | null {
  for (let at = node; ; at = at.parent) {
    const { parent } = at;
    if (syntax.isFunctionLike(parent) || syntax.isSourceFile(parent)) return null;
    if (isLoop(parent) && parent.statement === at && plan.isTaken(parent)) return parent;
  }
}
