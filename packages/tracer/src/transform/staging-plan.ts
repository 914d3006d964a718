import type ts from "typescript";
import { declaresForOthers } from "./assigned.js";
import type { Obstacle } from "../staging/obstacles.js";
import { exitsOf } from "./exits.js";
import { conditionOf, isLoop, isRepeating, type Loop, obstacleInLoop } from "./loop-obstacles.js";
import type { Names } from "./names.js";
import type { IsPlain } from "./plain-values.js";
import { syntax } from "./syntax.js";

/** What a piece that is left by `return`, `break` or `continue` takes along. */
export interface Rest {
  /** The function or loop whose body is left. */
  readonly frame: ts.Node;
  /** What follows in the block. */
  readonly rest: readonly ts.Statement[];
}

/**
 * How a statement whose condition may be a tensor is written. `region`: its parts become functions that are called.
 * `choice`: so does the rest of what it leaves by `return`, `break` or `continue`. `loop`: so does its body, and, where a
 * return leaves it, the rest of what that ends; `rest` is null where nothing returns, undefined where the rest has to stay
 * and only JavaScript can decide. `decide`: it stays, and refuses tensors.
 */
export type Plan =
  | { readonly kind: "region" }
  | (Rest & { readonly kind: "choice" })
  | { readonly kind: "loop"; readonly hasExits: boolean; readonly rest: Rest | null | undefined }
  | { readonly kind: "decide"; readonly why: Obstacle };

type Staged = ts.IfStatement | Loop;

/** The plans of a file's conditions and loops. */
export class StagingPlan {
  private readonly plans = new Map<ts.Node, Plan | null>();
  private readonly obstacles = new Map<Loop, Obstacle | null>();

  constructor(
    private readonly names: Names,
    private readonly isPlain: IsPlain,
  ) {}

  /** Null where the statement can stay as it is: what it decides on is no tensor. */
  of(node: Staged): Plan | null {
    const known = this.plans.get(node);
    if (known !== undefined) return known;
    const plan = syntax.isIfStatement(node) ? this.planIf(node) : this.planLoop(node);
    this.plans.set(node, plan);
    return plan;
  }

  /** Whether the body of the loop becomes a function. */
  isTaken(loop: ts.Node): boolean {
    return isLoop(loop) && this.of(loop)?.kind === "loop";
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

  /** Whether the rest of the block is a function. */
  takesRest(node: ts.Node): boolean {
    if (syntax.isIfStatement(node)) return this.of(node)?.kind === "choice";
    if (!isLoop(node)) return false;
    const plan = this.of(node);
    return plan?.kind === "loop" && Boolean(plan.rest);
  }

  private lastChoiceBefore(node: ts.Node, { statements }: ts.Block): ts.Statement | undefined {
    return statements.findLast((one) => one.end <= node.pos && this.takesRest(one));
  }

  private isStaged(node: Staged): boolean {
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
    const { returns, continues, breaks } = exitsOf(thenStatement, elseStatement);
    const leaves = returns || continues || breaks;
    // A plain condition around one that is not: the rest of both is one.
    if (this.isPlain(expression) && !(leaves && this.leadsToRest(thenStatement, elseStatement))) return null;
    const why = leaves
      ? this.obstacleToChoice(node)
      : (this.obstacleTo(thenStatement) ?? this.obstacleTo(elseStatement));
    if (why) return { kind: "decide", why };
    return leaves
      ? { kind: "choice", frame: this.frameOf(node)!, rest: restAfter(node) }
      : { kind: "region" };
  }

  /** What keeps statements from becoming functions. */
  private obstacleTo(...statements: readonly (ts.Statement | undefined)[]): Obstacle | null {
    const exits = exitsOf(...statements);
    if (exits.awaits) return "await";
    if (exits.yields) return "yield";
    if (exits.jumps) return "break";
    if (exits.throws) return "throw";
    if (statements.some((statement) => statement && syntax.isFunctionDeclaration(statement)))
      return "function";
    return declaresForOthers(this.names, ...statements) ? "variable" : null;
  }

  /** The same for a condition that is left, and for all around it that are left by that. */
  private obstacleToChoice(node: ts.IfStatement): Obstacle | null {
    const { thenStatement, elseStatement } = node;
    return (
      this.obstacleToRest(node, exitsOf(thenStatement, elseStatement).returns) ??
      this.obstacleTo(thenStatement) ??
      this.obstacleTo(elseStatement)
    );
  }

  /** What keeps all that follows from becoming functions. */
  private obstacleToRest(node: Staged, returns: boolean): Obstacle | null {
    if (!this.frameOf(node)) return returns ? "return" : "break";
    const around = conditionAround(node);
    return (around && this.obstacleToChoice(around)) ?? this.obstacleTo(...restAfter(node));
  }

  /** Whether a condition or loop inside, not in a function of its own, takes the rest along. */
  private leadsToRest(...pieces: readonly (ts.Node | undefined)[]): boolean {
    return pieces.some((piece) => {
      if (!piece) return false;
      return syntax.isBlock(piece) ? this.leadsToRest(...piece.statements) : this.takesRest(piece);
    });
  }

  /**
   * The function or loop whose body `return`, `break` or `continue` ends. Only blocks and conditions may stand between:
   * nothing else can be taken apart.
   */
  private frameOf(node: Staged): ts.Node | null {
    for (let at: ts.Node = node; ; at = at.parent) {
      const { parent } = at;
      if (isLoop(parent)) return parent.statement === at && !this.obstacleInside(parent) ? parent : null;
      if (syntax.isBlock(parent)) {
        const owner = parent.parent;
        if (syntax.isFunctionLike(owner)) return owner;
        if (!syntax.isIfStatement(owner) && !isLoop(owner)) return null;
      } else if (!syntax.isIfStatement(parent)) return null;
    }
  }

  private planLoop(loop: Loop): Plan | null {
    const test = conditionOf(loop);
    const mayDecide = test !== undefined && !this.isPlain(test);
    if (!mayDecide && !this.leadsToRest(loop.statement)) return null;
    const why = this.obstacleInside(loop);
    if (why) return mayDecide ? { kind: "decide", why } : null;
    const { returns, breaks } = exitsOf(loop.statement);
    if (!returns) return { kind: "loop", hasExits: breaks, rest: null };
    const frame = this.obstacleToRest(loop, true) || isPausedBefore(loop) ? null : this.frameOf(loop);
    const rest = frame ? { frame, rest: restAfter(loop) } : undefined;
    return { kind: "loop", hasExits: true, rest };
  }

  private obstacleInside(loop: Loop): Obstacle | null {
    const known = this.obstacles.get(loop);
    if (known !== undefined) return known;
    const why = obstacleInLoop(this.names, loop);
    this.obstacles.set(loop, why);
    return why;
  }
}

function isShort(operator: ts.SyntaxKind): boolean {
  return operator === syntax.SyntaxKind.AmpersandAmpersandToken || operator === syntax.SyntaxKind.BarBarToken;
}

/** The head of such a loop becomes part of a function with the loop, which cannot wait. */
function isPausedBefore(loop: Loop): boolean {
  if (!syntax.isForStatement(loop) || !isRepeating(loop)) return false;
  const { awaits, yields } = exitsOf(loop.initializer);
  return awaits || yields;
}

/** The condition that the statement is a branch of, directly or in a block. */
function conditionAround({ parent }: ts.Node): ts.IfStatement | null {
  const at = syntax.isBlock(parent) ? parent.parent : parent;
  return syntax.isIfStatement(at) ? at : null;
}

/** The statements that follow in the same block. */
function restAfter(node: ts.Statement): readonly ts.Statement[] {
  if (!syntax.isBlock(node.parent)) return [];
  const { statements } = node.parent;
  return statements.slice(statements.indexOf(node) + 1);
}
