import type ts from "typescript";
import { declaresForOthers } from "./assigned.js";
import { exitsOf } from "./exits.js";
import { isInFunctionInside, type Names } from "./names.js";
import type { IsPlain } from "./plain-values.js";
import { syntax } from "./syntax.js";

/** Why a tensor cannot decide here; the run time has a sentence for each. */
export type Obstacle =
  | "break"
  | "return"
  | "await"
  | "yield"
  | "throw"
  | "variable"
  | "closure"
  | "assignment"
  | "switch"
  | "answer"
  | "name"
  | "chain"
  | "function";

/**
 * How a statement whose condition may be a tensor is written. `region`: its parts become functions that are called.
 * `choice`: so does the rest of what it leaves by `return` or `continue`. `decide`: it stays, and refuses tensors.
 */
export type Plan =
  | { readonly kind: "region" }
  | { readonly kind: "choice"; readonly frame: ts.Node; readonly rest: readonly ts.Statement[] }
  | { readonly kind: "decide"; readonly why: Obstacle };

export type Loop = ts.WhileStatement | ts.DoStatement | ts.ForStatement;

/** The plans of a file's conditions and loops. */
export class StagingPlan {
  private readonly plans = new Map<ts.Node, Plan | null>();

  constructor(
    private readonly names: Names,
    private readonly isPlain: IsPlain,
  ) {}

  /** Null where the statement can stay as it is: what it decides on is no tensor. */
  of(node: ts.IfStatement | Loop): Plan | null {
    const known = this.plans.get(node);
    if (known !== undefined) return known;
    const plan = syntax.isIfStatement(node) ? this.planIf(node) : this.planLoop(node);
    this.plans.set(node, plan);
    return plan;
  }

  /** The innermost piece around a node that is run as a function, whichever way a tensor decides. */
  regionAround(node: ts.Node): ts.TextRange {
    for (let at = node; ; at = at.parent) {
      const { parent } = at;
      if (!parent || syntax.isFunctionLike(parent)) return parent ?? at;
      if (syntax.isIfStatement(parent) && at !== parent.expression && this.isStaged(parent)) return at;
      if (isLoop(parent) && this.isStaged(parent)) return at;
      if (syntax.isConditionalExpression(parent) && at !== parent.condition) return at;
      if (syntax.isBinaryExpression(parent) && parent.right === at && isShort(parent.operatorToken.kind))
        return at;
      const choice = syntax.isBlock(parent) && this.lastChoiceBefore(at, parent);
      // What follows it is run once for each way that leads there.
      if (choice) return { pos: choice.end, end: parent.end };
    }
  }

  private lastChoiceBefore(node: ts.Node, { statements }: ts.Block): ts.Statement | undefined {
    return statements.findLast(
      (one) => one.end <= node.pos && syntax.isIfStatement(one) && this.of(one)?.kind === "choice",
    );
  }

  private isStaged(node: ts.IfStatement | Loop): boolean {
    const plan = this.of(node);
    return plan !== null && plan.kind !== "decide";
  }

  /** What keeps an operand of `?:`, `&&` or `||` from becoming a function. */
  obstacleIn(...operands: readonly ts.Expression[]): Obstacle | null {
    const exits = exitsOf(...operands);
    if (exits.awaits) return "await";
    return exits.yields ? "yield" : null;
  }

  private planIf(node: ts.IfStatement): Plan | null {
    const { expression, thenStatement, elseStatement } = node;
    const { returns, continues } = exitsOf(thenStatement, elseStatement);
    const leaves = returns || continues;
    // A plain condition around one that is not: the rest of both is one.
    if (this.isPlain(expression) && !(leaves && this.leadsToChoice(node))) return null;
    const why = leaves
      ? this.obstacleToChoice(node)
      : (this.obstacleTo(thenStatement) ?? this.obstacleTo(elseStatement));
    if (why) return { kind: "decide", why };
    return leaves
      ? { kind: "choice", frame: this.frameOf(node)!, rest: restAfter(node) }
      : { kind: "region" };
  }

  /** What keeps statements that nothing leaves from becoming functions. */
  private obstacleTo(...statements: readonly (ts.Statement | undefined)[]): Obstacle | null {
    const exits = exitsOf(...statements);
    if (exits.awaits) return "await";
    if (exits.yields) return "yield";
    if (exits.breaks || exits.jumps) return "break";
    if (exits.throws) return "throw";
    if (statements.some((statement) => statement && syntax.isFunctionDeclaration(statement)))
      return "function";
    return declaresForOthers(this.names, ...statements) ? "variable" : null;
  }

  /** The same for a condition that is left by `return` or `continue`, and for all around it that are left by that. */
  private obstacleToChoice(node: ts.IfStatement): Obstacle | null {
    const { thenStatement, elseStatement } = node;
    const { returns, continues } = exitsOf(thenStatement, elseStatement);
    if (!this.frameOf(node) || (returns && continues)) return returns ? "return" : "break";
    const around = conditionAround(node);
    return (
      (around && this.obstacleToChoice(around)) ??
      this.obstacleTo(thenStatement) ??
      this.obstacleTo(elseStatement) ??
      this.obstacleTo(...restAfter(node))
    );
  }

  /** Whether a condition inside, not in a function of its own, becomes a choice. */
  private leadsToChoice({ thenStatement, elseStatement }: ts.IfStatement): boolean {
    const inside = (node: ts.Node | undefined): boolean => {
      if (!node) return false;
      if (syntax.isIfStatement(node)) return this.of(node)?.kind === "choice";
      return syntax.isBlock(node) && node.statements.some(inside);
    };
    return inside(thenStatement) || inside(elseStatement);
  }

  /**
   * The function or loop body that `return` or `continue` ends. Only blocks and conditions may stand between: nothing
   * else can be taken apart.
   */
  private frameOf(node: ts.IfStatement): ts.Node | null {
    const { returns } = exitsOf(node.thenStatement, node.elseStatement);
    let at: ts.Node = node;
    for (;;) {
      const { parent } = at;
      if (syntax.isIfStatement(parent)) at = parent;
      else if (syntax.isBlock(parent)) {
        const owner = parent.parent;
        if (syntax.isFunctionLike(owner)) return returns ? owner : null;
        if (isLoop(owner)) return !returns && this.of(owner)?.kind === "region" ? owner : null;
        if (!syntax.isIfStatement(owner)) return null;
        at = owner;
      } else return null;
    }
  }

  private planLoop(loop: Loop): Plan | null {
    const test = conditionOf(loop);
    if (!test || this.isPlain(test)) return null;
    const { incrementor, initializer } = loop as Partial<ts.ForStatement>;
    const exits = exitsOf(test, loop.statement, incrementor);
    if (exits.awaits) return { kind: "decide", why: "await" };
    if (exits.yields) return { kind: "decide", why: "yield" };
    if (exits.returns) return { kind: "decide", why: "return" };
    if (exits.breaks || exits.jumps) return { kind: "decide", why: "break" };
    if (exits.throws) return { kind: "decide", why: "throw" };
    if (syntax.isLabeledStatement(loop.parent)) return { kind: "decide", why: "break" };
    if (declaresForOthers(this.names, test, loop.statement, incrementor))
      return { kind: "decide", why: "variable" };
    if (this.names.writtenBetween(test.pos, test.end).length > 0)
      return { kind: "decide", why: "assignment" };
    // Each iteration has head variables of its own, which only functions can tell from one for all.
    if (initializer && this.isHeadCaptured(loop)) return { kind: "decide", why: "closure" };
    return { kind: "region" };
  }

  private isHeadCaptured({ pos, end }: Loop): boolean {
    return this.names
      .declaredBetween(pos, end)
      .some(
        ({ scope, references }) =>
          scope.node.pos === pos && references.some((place) => isInFunctionInside(place, scope.node)),
      );
  }
}

function isShort(operator: ts.SyntaxKind): boolean {
  return operator === syntax.SyntaxKind.AmpersandAmpersandToken || operator === syntax.SyntaxKind.BarBarToken;
}

function isLoop(node: ts.Node): node is Loop {
  return syntax.isWhileStatement(node) || syntax.isDoStatement(node) || syntax.isForStatement(node);
}

export function conditionOf(loop: Loop): ts.Expression | undefined {
  return syntax.isForStatement(loop) ? loop.condition : loop.expression;
}

/** The condition that the statement is a branch of, directly or in a block. */
function conditionAround({ parent }: ts.IfStatement): ts.IfStatement | null {
  const at = syntax.isBlock(parent) ? parent.parent : parent;
  return syntax.isIfStatement(at) ? at : null;
}

/** The statements that follow in the same block. */
function restAfter(node: ts.IfStatement): readonly ts.Statement[] {
  if (!syntax.isBlock(node.parent)) return [];
  const { statements } = node.parent;
  return statements.slice(statements.indexOf(node) + 1);
}
