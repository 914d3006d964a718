import type { Tensor } from "../tensor.js";
import { inputGone } from "../trace/escape.js";
import { type Part, partOfBlock } from "../trace/part.js";
import { scalarsOf } from "../trace/path.js";
import type { Session } from "../trace/session.js";
import {
  Block,
  FRESH,
  isMark,
  LITERAL,
  type Mark,
  type MarkKind,
  type TraceNode,
} from "../trace/trace-node.js";
import { type EndedBlock, nextDepth, plainStep } from "./block.js";

/**
 * The same differentiated function in another trace: its steps, and what they use of the steps before, are taken once
 * more, on the tensors that they were taken on. So a pullback means there what it means everywhere.
 *
 * @throws W1004 one of those tensors is gone; W1003 the function depends on one around it that has returned.
 */
export function recordAgain(ended: EndedBlock, into: Session): EndedBlock {
  const part = partOfBlock(ended.end);
  const again = new Again(ended.session, into, part);
  for (const node of part.steps) again.take(node);
  return again.blockOf(ended);
}

/** Marks after which a block is open no more. */
const CLOSING: ReadonlySet<MarkKind> = new Set(["end", "collect", "iterate", "leave"]);

/** A block of the old trace, in the new one. */
interface Moved {
  readonly block: Block;
  readonly begin: TraceNode;
}

class Again {
  private readonly values = new Map<number, Tensor>();
  private readonly blocks = new Map<Block, Moved>();

  constructor(
    private readonly from: Session,
    private readonly into: Session,
    { inputs }: Part,
  ) {
    for (const { id, position, type } of inputs) {
      const input = from.inputs.tensors[position]!;
      if (input.isGone) throw inputGone(from.tree.name, type, type);
      this.values.set(id, input);
    }
  }

  take(node: TraceNode): void {
    const operands = this.operandsOf(node);
    const made = isMark(node.op)
      ? this.takeMark(node, node.op, operands)
      : this.into.record(node.op, operands, node.attrs);
    const outputs = (Array.isArray(made) ? made : [made]) as readonly Tensor[]; // Of a session: Tensors.
    outputs.forEach((output, k) => this.values.set(node.firstOutput + k, output));
  }

  blockOf({ block }: EndedBlock): EndedBlock {
    return { session: this.into, ...this.blocks.get(block)!, end: this.into.cursor };
  }

  private operandsOf(node: TraceNode): (Tensor | number)[] {
    let fresh = node.firstOutput - node.codes.filter((code) => code === FRESH).length;
    return node.codes.map((code, k) => {
      if (code === LITERAL) return scalarsOf([node.literals[k]!], this.from)[0]!;
      return this.values.get(code === FRESH ? fresh++ : code)!;
    });
  }

  private takeMark(node: TraceNode, mark: Mark, operands: readonly (Tensor | number)[]): readonly Tensor[] {
    const { into } = this;
    const moved = mark.block && this.blocks.get(mark.block)!;
    const own = moved && mark.kind in moved.block ? moved.block[mark.kind as "end"] : mark;
    const made = into.mark(own, operands, node.attrs, (usable) => ({
      ...plainStep(
        usable.map((operand, k) => (typeof operand === "number" ? literalType(node, k) : operand.type)),
        node.types,
      ),
      level: node.level && this.blocks.get(node.level)!.block,
      depths: this.depthsOf(node),
      ...(node.opens ? { opens: this.blockLike(node.opens) } : {}),
    }));
    if (node.opens) {
      const block = into.cursor.opens!;
      this.blocks.set(node.opens, { block, begin: into.cursor });
      into.openBlocks.push(block);
    } else if (moved && CLOSING.has(mark.kind)) into.leave(moved.block);
    return made;
  }

  private blockLike({ isOpaque, ownsAll, other }: Block): Block {
    return new Block(nextDepth(this.into), isOpaque, ownsAll, other && this.blocks.get(other)!.block);
  }

  /** Depths are those of the blocks that are open in the new trace. */
  private depthsOf({ depths }: TraceNode): number {
    let mapped = 0;
    for (const [old, { block }] of this.blocks) if (depths & (1 << old.depth)) mapped |= 1 << block.depth;
    return mapped;
  }
}

/** A number in a mark is of the type that it stands for there. */
function literalType(node: TraceNode, k: number): { dtype: "float32"; shape: readonly number[] } {
  return { dtype: node.literals[k]!.dtype as "float32", shape: [] };
}
