import { type Attrs, formatType, isFloat, NO_ATTRS, type TensorType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import type { Session } from "../trace/session.js";
import { type StepType, usedOutsideItsLevel } from "../trace/step-type.js";
import { BEGIN, Block, type TraceNode } from "../trace/trace-node.js";
import { userError } from "../trace/user-error.js";

/** Depths are kept as bits of one word. */
const MAX_DEPTH = 30;

/** A function that was differentiated and has returned: what its pullback needs. */
export interface EndedBlock {
  readonly session: Session;
  readonly block: Block;
  readonly begin: TraceNode;
  readonly end: TraceNode;
}

/** A leaf of a differentiated argument and where it stands, for messages: `w[0]`. */
export interface NamedLeaf {
  readonly operand: Tensor | number;
  readonly path: string;
}

/**
 * Runs `body` as a differentiated function of the leaves: it is given a tensor of its own for each. What it gives
 * back is turned into values of the outer function, by renaming the very tensors.
 */
export function runBlock<T>(
  session: Session,
  leaves: readonly NamedLeaf[],
  body: (tracers: readonly Tensor[]) => BlockResult<T>,
): { readonly result: T; readonly ended: EndedBlock } {
  const depth = session.openBlocks.length + 1;
  if (depth > MAX_DEPTH) throw nestedTooDeep();
  const operands = leaves.map(({ operand }) => operand);
  const tracers = session.mark(BEGIN, operands, NO_ATTRS, (usable) => describeBegin(usable, leaves, depth));
  const begin = session.cursor;
  const block = begin.opens!;
  session.openBlocks.push(block);
  let isEnded = false;
  try {
    const { value, primals, along } = body(tracers);
    endBlock(session, begin, primals, along);
    isEnded = true;
    return { result: value, ended: { session, block, begin, end: session.cursor } };
  } finally {
    // A trace that goes on after an exception is another one than a trace in which there was none.
    if (!isEnded) session.mark(block.abort, [], NO_ATTRS, describeAbort);
    session.openBlocks.pop();
  }
}

/** What a differentiated function came to. */
export interface BlockResult<T> {
  readonly value: T;
  /** The results that are differentiated. */
  readonly primals: readonly (Tensor | number)[];
  /** Tensors that come along without being differentiated. */
  readonly along: readonly Tensor[];
}

/** The gradients for the leaves, from one cotangent for each of the primals in `seeded`. */
export function pullBlock(
  { session, block, begin, end }: EndedBlock,
  cotangents: readonly (Tensor | number)[],
  seeded: readonly number[],
  into: Session = session,
): readonly Tensor[] {
  return into.mark(block.pullback, cotangents, { seeded }, (usable) => {
    if (end.level && !into.openBlocks.includes(end.level)) throw usedOutsideItsLevel("pullback");
    const depths = usable.reduce<number>((bits, operand) => bits | depthBit(operand), end.depths);
    return {
      operandTypes: seeded.map((k) => end.types[k]!),
      outputs: begin.types,
      givesList: true,
      dependsOnWhole: false,
      ...levelOf(depths, into),
    };
  });
}

function describeBegin(
  operands: readonly (Tensor | number)[],
  leaves: readonly NamedLeaf[],
  depth: number,
): StepType {
  const types = operands.map((operand, k) => {
    const type = typeOf(operand);
    if (isFloat(type.dtype)) return type;
    throw userError({
      code: "W1007",
      message: `gradients exist for floats, ${leaves[k]!.path} is ${formatType(type)}`,
      hint: 'convert it with astype(x, "float32"), or leave the argument out of argnums',
    });
  });
  return {
    operandTypes: types,
    outputs: types,
    givesList: true,
    dependsOnWhole: false,
    opens: new Block(depth),
  };
}

function describeAbort(): StepType {
  return { operandTypes: [], outputs: [], givesList: true, dependsOnWhole: false };
}

function endBlock(
  session: Session,
  begin: TraceNode,
  primals: readonly (Tensor | number)[],
  along: readonly Tensor[],
): void {
  const block = begin.opens!;
  const operands = [...primals, ...along];
  const attrs: Attrs = { primals: primals.length };
  const made = session.mark(block.end, operands, attrs, (usable) => {
    const types = usable.map(typeOf);
    const depths = outerDepths(session.cursor, begin, usable);
    return {
      operandTypes: types,
      outputs: types,
      givesList: true,
      dependsOnWhole: false,
      ...levelOf(depths, session),
    };
  });
  operands.forEach((operand, k) => {
    if (typeof operand === "number" || operand.level !== block) return;
    operand.id = made[k]!.id;
    operand.level = made[k]!.level;
    const escaping = session.escaping.indexOf(made[k]!);
    if (escaping >= 0) session.escaping[escaping] = operand;
  });
}

/** The depths of all that the block uses from around it, one bit each. */
function outerDepths(last: TraceNode, begin: TraceNode, operands: readonly (Tensor | number)[]): number {
  const block = begin.opens!;
  let depths = begin.depths;
  for (let node = last; node !== begin; node = node.parent!) if (node.level === block) depths |= node.depths;
  for (const operand of operands) depths |= depthBit(operand);
  return depths & ~(1 << block.depth);
}

function depthBit(operand: Tensor | number): number {
  return typeof operand === "number" || operand.level === null ? 0 : 1 << operand.level.depth;
}

/** The innermost of the blocks with these depths; blocks are open in the order of their depths. */
function levelOf(depths: number, session: Session): Pick<StepType, "level" | "depths"> {
  const depth = 31 - Math.clz32(depths);
  return { depths, level: depths === 0 ? null : session.openBlocks[depth - 1]! };
}

function typeOf(operand: Tensor | number): TensorType {
  return typeof operand === "number" ? { dtype: "float32", shape: [] } : operand.type;
}

function nestedTooDeep(): Error {
  return userError({
    code: "W1015",
    message: `functions can be differentiated ${MAX_DEPTH} deep in one another`,
    hint: "is a differentiated function calling its own gradient without an end?",
  });
}
