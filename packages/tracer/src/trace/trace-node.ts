import {
  type Attrs,
  type DType,
  holds,
  NO_ATTRS,
  type Op,
  type SourceLocation,
  type TensorType,
} from "@weftjs/ir";
import type { Leaf } from "./leaf.js";

/** An operand that is a concrete tensor met for the first time in the trace. Codes from 0 up are value ids. */
export const FRESH = -1;
/** An operand that is a JavaScript number. */
export const LITERAL = -2;

export type MarkKind =
  | "begin"
  | "end"
  | "pullback"
  | "pushforward"
  | "custom"
  | "collect"
  | "iterate"
  | "leave"
  | "choose"
  | "abort"
  | "read";

/**
 * What a trace holds besides ops: the borders of functions that are differentiated or batched, and what is made of
 * them. `end` gives the results of a differentiated function, `pullback` its gradients, `pushforward` its tangents and
 * `custom` values whose gradient it is; `collect` gives the results of a batched one; `iterate` those of a loop whose
 * body it ends; `leave` ends a branch, and `choose`, after the second, gives the results of whichever is taken; `abort`
 * stands for an exception. `read` stands where an async function waited for the content of its operands.
 */
export interface Mark {
  readonly kind: MarkKind;
  readonly name: string;
  /** Of `begin` and `read` there is one for each of two sorts; the others belong to a block. */
  readonly block: Block | null;
}

/** Renews the arguments. */
export const BEGIN: Mark = { kind: "begin", name: "begin", block: null };
/** Gives one element of each argument: they differ along the first axis. */
export const BEGIN_BATCH: Mark = { kind: "begin", name: "vmap", block: null };
/** Gives the number of the iteration, what is carried into it, and a row of each further argument. */
export const BEGIN_LOOP: Mark = { kind: "begin", name: "loop", block: null };
/** Gives nothing: a branch has no arguments. */
export const BEGIN_BRANCH: Mark = { kind: "begin", name: "branch", block: null };

/** Content is waited for while a function is being differentiated: the trace goes on. */
export const READ: Mark = { kind: "read", name: "read", block: null };
/** Content is waited for elsewhere: the trace starts anew, and what was made before is an input of what follows. */
export const CUT: Mark = { kind: "read", name: "read", block: null };

/**
 * A function that is being differentiated, batched, repeated or chosen between, as it stands in the trace: from a
 * `begin` to an `end`, `collect`, `iterate` or `leave`. Its marks are objects of its own, so that two blocks never match each other.
 */
export class Block {
  readonly end: Mark = { kind: "end", name: "end", block: this };
  readonly pullback: Mark = { kind: "pullback", name: "pullback", block: this };
  readonly pushforward: Mark = { kind: "pushforward", name: "pushforward", block: this };
  readonly custom: Mark = { kind: "custom", name: "customVjp", block: this };
  readonly collect: Mark = { kind: "collect", name: "collect", block: this };
  readonly iterate: Mark = { kind: "iterate", name: "iterate", block: this };
  readonly leave: Mark = { kind: "leave", name: "leave", block: this };
  readonly choose: Mark = { kind: "choose", name: "choose", block: this };
  readonly abort: Mark = { kind: "abort", name: "abort", block: this };

  constructor(
    /** 1 for a block in no other. */
    readonly depth: number,
    /** Whether what depends on its arguments has no one value: it is batched, or runs on stand-ins. */
    readonly isOpaque: boolean,
    /** Whether all that is computed in it belongs to it, as what a branch computes counts only where it is taken. */
    readonly ownsAll: boolean = false,
    /** Of a second branch, the first. */
    readonly other: Block | null = null,
  ) {}
}

/** A number in the source of a function: baked in until another is seen at the same place. */
export class LiteralSlot {
  /** Whether it has become a run-time scalar. */
  isPromoted = false;

  constructor(
    /** What it was when first met. Calls that passed before the promotion still mean this. */
    readonly value: number,
    /** The dtype it adopted from the tensors it met. */
    readonly dtype: DType,
    /** Where the types depend on whether the number is whole, this says which it is; null where they do not. */
    readonly isWhole: boolean | null,
  ) {}

  /** Whether another number here would lead to the same types. */
  admits(value: number): boolean {
    return (this.isWhole === null || this.isWhole === isWhole(value)) && holds(this.dtype, value);
  }
}

/** Whether a number counts as an integer where it meets one: -0 does not. */
export function isWhole(value: number): boolean {
  return Number.isInteger(value) && !Object.is(value, -0);
}

/** One step of a trace. What follows it depends on what the user's JavaScript did next. */
export class TraceNode {
  /** What was recorded after this step; the last one taken comes first. */
  readonly children: TraceNode[] = [];
  /** One for each set of results with which a call ended here. */
  readonly leaves: Leaf[] = [];
  /** The sets of results with which calls have ended here, as lists of ids. */
  readonly endings: Set<string> = new Set();
  /** An output was used after its call or segment; it is a result of each that comes through here. */
  escapes = false;
  /** An output was used after its call: its tensor keeps the content. */
  outlivesCall = false;
  /** Where the user wrote it; known once the call that recorded it has ended. */
  location: SourceLocation | null = null;

  constructor(
    readonly parent: TraceNode | null,
    readonly op: Op | Mark,
    /** One an operand: a value id, `FRESH` or `LITERAL`. */
    readonly codes: readonly number[],
    /** By operand: the types of fresh inputs; undefined elsewhere. */
    readonly freshTypes: readonly (TensorType | undefined)[],
    /** By operand; undefined where it is no literal. */
    readonly literals: readonly (LiteralSlot | undefined)[],
    readonly attrs: Attrs,
    /** Of the outputs. */
    readonly types: readonly TensorType[],
    /** The id of the first output; the fresh inputs of this step have those before it. */
    readonly firstOutput: number,
    /** Whether callers get a list, however long. */
    readonly givesList: boolean,
    readonly level: Block | null,
    /** Depths of the blocks that the operands belong to, one bit each. */
    readonly depths: number,
    /** For a `begin`, the block it opens. */
    readonly opens: Block | null = null,
  ) {}
}

/** The step before all others. */
export function rootNode(): TraceNode {
  return new TraceNode(null, BEGIN, [], [], [], NO_ATTRS, [], 0, true, null, 0);
}

/** The steps up to `node` from the start of the trace, or from the last cut. */
export function pathTo(node: TraceNode): readonly TraceNode[] {
  const path: TraceNode[] = [];
  for (let at: TraceNode = node; at.parent && at.op !== CUT; at = at.parent) path.push(at);
  return path.reverse();
}

export function isMark(op: Op | Mark): op is Mark {
  return "block" in op;
}
