import type { TensorType } from "@weftjs/ir";
import { freshCount, promotedOn } from "./path.js";
import type { Session } from "./session.js";
import {
  type Block,
  CUT,
  FRESH,
  isMark,
  type LiteralSlot,
  pathTo,
  READ,
  type TraceNode,
  type MarkKind,
} from "./trace-node.js";

/** The part of a path that some values need, where others of the path are there already. */
export interface Part {
  /** In the order of the path. */
  readonly steps: readonly TraceNode[];
  /** The blocks that have not ended at its end. Seen from there, they are the code around them. */
  readonly openBlocks: readonly Block[];
  /** The values that are there. */
  readonly given: readonly PartValue[];
  /** Positions of the session's inputs, with their ids and types. */
  readonly inputs: readonly PartInput[];
  /** Its literals that are run-time scalars. */
  readonly slots: readonly LiteralSlot[];
  /** Values that an earlier read should have computed, and will the next time. */
  readonly again: readonly PartValue[];
}

interface PartValue {
  readonly id: number;
  readonly type: TensorType;
}

interface PartInput extends PartValue {
  readonly position: number;
}

/**
 * The part of the path to `end` that these values need. Goes back from the end, and no further than needed. O(steps).
 *
 * Values of an open block are those that the arguments have: what `begin` gives is what it is given. Those inside of a
 * block that has ended are symbols, and never there already.
 */
export function partOf(session: Session, end: TraceNode, outputs: readonly number[]): Part {
  const { saved, openBlocks, inputs } = session;
  return partUpTo(end, new PartFinder(outputs, inputs.tensors.length, saved, openBlocks));
}

/** Marks that are made of a block after its end: needed where their own outputs are. */
const DERIVED: ReadonlySet<MarkKind> = new Set(["pullback", "pushforward", "custom", "choose"]);

/** All that a differentiated function has done, with what it used. */
export function partOfBlock(end: TraceNode): Part {
  const outputs = end.types.map((_, k) => end.firstOutput + k);
  return partUpTo(end, new PartFinder(outputs, freshCount(pathTo(end)), new Map(), []));
}

function partUpTo(end: TraceNode, finder: PartFinder): Part {
  for (let node = end; node.parent && node.op !== CUT && !finder.isDone; node = node.parent)
    finder.visit(node);
  return finder.part();
}

class PartFinder {
  private readonly wanted: Set<number>;
  /** Ended blocks of which something is wanted. */
  private readonly blocks = new Set<Block>();
  private readonly steps: TraceNode[] = [];
  private readonly given: PartValue[] = [];
  private readonly inputs: PartInput[] = [];
  private readonly slots: LiteralSlot[] = [];
  private readonly again: PartValue[] = [];
  private isBeforeRead = false;

  constructor(
    outputs: readonly number[],
    /** How many inputs there are up to the end. */
    private position: number,
    private readonly saved: ReadonlyMap<number, unknown>,
    private readonly openBlocks: readonly Block[],
  ) {
    this.wanted = new Set(outputs);
  }

  get isDone(): boolean {
    return this.wanted.size === 0 && this.blocks.size === 0;
  }

  visit(node: TraceNode): void {
    if (node.op === READ) this.isBeforeRead = true;
    const isNeeded = this.wantsOutput(node) || this.isBorder(node);
    if (isNeeded) this.take(node);
    this.takeInputs(node, isNeeded);
  }

  part(): Part {
    return {
      steps: this.steps.reverse(),
      openBlocks: [...this.openBlocks],
      given: this.given.reverse(),
      inputs: this.inputs.reverse(),
      slots: this.slots.reverse(),
      again: this.again.reverse(),
    };
  }

  private wantsOutput(node: TraceNode): boolean {
    let isNeeded = false;
    node.types.forEach((type, k) => {
      const id = node.firstOutput + k;
      if (!this.wanted.delete(id)) return;
      if (this.isOutside(node) && this.saved.has(id)) {
        this.given.push({ id, type });
        return;
      }
      isNeeded = true;
      if (!this.isBeforeRead || !this.isOutside(node) || isFree(node)) return; // Computed, but not kept.
      node.escapes = true;
      this.again.push({ id, type });
    });
    return isNeeded;
  }

  /** Whether the value is one that the session could have: of no block that has ended. */
  private isOutside(node: TraceNode): boolean {
    const level = node.opens ?? node.level;
    return level === null || this.openBlocks.includes(level);
  }

  /** Where a block begins and ends; what is derived from it is needed for its own sake only. */
  private isBorder({ op, opens }: TraceNode): boolean {
    if (opens) return this.blocks.has(opens);
    if (!isMark(op) || op.block === null || !this.blocks.has(op.block)) return false;
    return !DERIVED.has(op.kind);
  }

  private take(node: TraceNode): void {
    this.steps.push(node);
    for (const code of node.codes) if (code >= 0) this.wanted.add(code);
    this.slots.push(...[...promotedOn([node])].reverse());
    if (node.opens) this.blocks.delete(node.opens);
    else if (isMark(node.op) && node.op.block) {
      this.blocks.add(node.op.block);
      if (node.op.kind === "choose" && node.op.block.other) this.blocks.add(node.op.block.other);
    }
  }

  private takeInputs(node: TraceNode, isNeeded: boolean): void {
    let id = node.firstOutput;
    for (let k = node.codes.length - 1; k >= 0; k--) {
      if (node.codes[k] !== FRESH) continue;
      id--;
      this.position--;
      if (this.wanted.delete(id) || isNeeded) {
        this.inputs.push({ position: this.position, id, type: node.freshTypes[k]! });
      }
    }
  }
}

/** Steps that cost nothing where they are computed again: a read keeps their operands, not them. */
function isFree({ op, opens }: TraceNode): boolean {
  return opens !== null || (!isMark(op) && (op.kind === "source" || op.kind === "movement"));
}
