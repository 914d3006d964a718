import type MagicString from "magic-string";
import type ts from "typescript";
import type { Obstacle } from "../staging/obstacles.js";
import type { IsPlain } from "./plain-values.js";
import type { Names } from "./names.js";
import type { StagingPlan } from "./staging-plan.js";
import { skipTrivia } from "./syntax.js";

/** An expression on which JavaScript alone can decide, and why. */
export interface Decision {
  readonly node: ts.Expression;
  readonly why: Obstacle;
}

/** What every rewriting of a file shares. */
export interface Rewriting {
  readonly source: ts.SourceFile;
  readonly text: string;
  readonly edit: MagicString;
  readonly names: Names;
  readonly isPlain: IsPlain;
  readonly plan: StagingPlan;
  /** The name under which the emitted code knows the run-time module. */
  readonly runtime: string;
  /** The name of what is left to do in a function, in emitted code. */
  readonly rest: string;
  /** The name of a loop that runs, in emitted code. */
  readonly run: string;
  /** Names of parameters in emitted code begin with this. */
  readonly parameter: string;
  /** Where a tensor is refused. */
  readonly decisions: Decision[];
  /** Statements about the module's functions, which exist before anything runs. */
  readonly notes: string[];
  /** An expression for the place of a node, and the name of what it gives. */
  site(node: ts.Node): string;
  /** Rewrites what is inside. */
  visit(node: ts.Node): void;
}

// A range may end where another begins, and outer nodes are rewritten first. Text before a node goes to the right of
// what is there, text after it to the left: then `outer(inner(` and `)inner)outer` come out by themselves.

/** Text before and after a node. */
export function wrap({ edit, source }: Rewriting, node: ts.Node, before: string, after: string): void {
  edit.appendRight(node.getStart(source), before);
  edit.prependLeft(node.end, after);
}

/** Other text in place of a token, of which nothing else is edited. */
export function replace({ edit }: Rewriting, start: number, end: number, by: string): void {
  edit.update(start, end, by);
}

/** Where the next token after a position begins. */
export function nextToken({ text }: Rewriting, after: number): number {
  return skipTrivia(text, after);
}
