import { type Attrs, formatType, isFloat, NO_ATTRS, type TensorType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import type { Session } from "../trace/session.js";
import { type StepType, usedOutsideItsLevel } from "../trace/step-type.js";
import { BEGIN, Block, type Mark, type TraceNode } from "../trace/trace-node.js";
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
  const operands = leaves.map(({ operand }) => operand);
  const describe = (usable: readonly (Tensor | number)[]): readonly TensorType[] =>
    beginTypes(usable, leaves);
  return inBlock(session, BEGIN, operands, describe, (tracers, begin) => {
    const { value, primals, along } = body(tracers);
    endBlock(session, begin, primals, along);
    return { result: value, ended: { session, block: begin.opens!, begin, end: session.cursor } };
  });
}

/** Runs `body`, which ends it, in a block of its own; `typesInside` are those of the tensors it is given. */
export function inBlock<T>(
  session: Session,
  mark: Mark,
  operands: readonly (Tensor | number)[],
  typesInside: (usable: readonly (Tensor | number)[]) => readonly TensorType[],
  body: (tracers: readonly Tensor[], begin: TraceNode) => T,
): T {
  const depth = session.openBlocks.length + 1;
  if (depth > MAX_DEPTH) throw nestedTooDeep();
  const tracers = session.mark(mark, operands, NO_ATTRS, (usable) => ({
    ...plainStep(usable.map(typeOf), typesInside(usable)),
    opens: new Block(depth),
  }));
  const begin = session.cursor;
  const block = begin.opens!;
  session.openBlocks.push(block);
  let isEnded = false;
  try {
    const result = body(tracers, begin);
    isEnded = true;
    return result;
  } finally {
    // A trace that goes on after an exception is another one than a trace in which there was none.
    if (!isEnded) session.mark(block.abort, [], NO_ATTRS, () => plainStep([], []));
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
    const types = seeded.map((k) => end.types[k]!);
    return { ...plainStep(types, begin.types), ...levelOf(depthsOf(usable, end.depths), into) };
  });
}

/** The tangents of the primals in `of`, from one tangent for each of the leaves in `wrt`. */
export function pushBlock(
  { session, block, begin, end }: EndedBlock,
  tangents: readonly (Tensor | number)[],
  wrt: readonly number[],
  of: readonly number[],
): readonly Tensor[] {
  return session.mark(block.pushforward, tangents, { wrt, of }, (usable) => {
    const [given, made] = [wrt.map((k) => begin.types[k]!), of.map((k) => end.types[k]!)];
    return { ...plainStep(given, made), ...levelOf(depthsOf(usable, end.depths), session) };
  });
}

/**
 * The values with another gradient: that of `differentiated` is what the block, run on stand-ins for the values'
 * cotangents, gave.
 */
export function customBlock(
  { session, block, end }: EndedBlock,
  values: readonly Tensor[],
  differentiated: readonly Tensor[],
): readonly Tensor[] {
  return session.mark(block.custom, [...values, ...differentiated], NO_ATTRS, (usable) => {
    const types = usable.map(typeOf);
    const step = plainStep(types, types.slice(0, values.length));
    return { ...step, ...levelOf(depthsOf(usable, end.depths), session) };
  });
}

/** A step that gives a list and adapts no numbers. */
export function plainStep(
  operandTypes: readonly TensorType[],
  outputs: readonly TensorType[],
): Omit<StepType, "level" | "depths" | "opens"> {
  return { operandTypes, outputs, givesList: true, dependsOnWhole: false };
}

function beginTypes(
  operands: readonly (Tensor | number)[],
  leaves: readonly NamedLeaf[],
): readonly TensorType[] {
  return operands.map((operand, k) => {
    const type = typeOf(operand);
    if (isFloat(type.dtype)) return type;
    throw userError({
      code: "W1007",
      message: `gradients exist for floats, ${leaves[k]!.path} is ${formatType(type)}`,
      hint: 'convert it with astype(x, "float32"), or leave the argument out of argnums',
    });
  });
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
    return { ...plainStep(types, types), ...outerLevel(session, begin, usable) };
  });
  operands.forEach((operand, k) => {
    if (typeof operand === "number" || operand.level !== block) return;
    operand.id = made[k]!.id;
    operand.level = made[k]!.level;
    const escaping = session.escaping.indexOf(made[k]!);
    if (escaping >= 0) session.escaping[escaping] = operand;
  });
}

/** What the block's results depend on of what is around it, when it ends with these operands. */
export function outerLevel(
  session: Session,
  begin: TraceNode,
  operands: readonly (Tensor | number)[],
): Pick<StepType, "level" | "depths"> {
  const block = begin.opens!;
  let depths = depthsOf(operands, begin.depths);
  for (let node = session.cursor; node !== begin; node = node.parent!) {
    if (node.level === block) depths |= node.depths;
  }
  return levelOf(depths & ~(1 << block.depth), session);
}

/** Those of the operands added to `depths`, one bit each. */
function depthsOf(operands: readonly (Tensor | number)[], depths: number): number {
  return operands.reduce<number>((bits, operand) => bits | depthBit(operand), depths);
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
