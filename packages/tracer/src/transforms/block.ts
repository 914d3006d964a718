import { type Attrs, formatType, isFloat, NO_ATTRS, type TensorType } from "@weftjs/ir";
import type { Storage } from "../device/executor.js";
import { Tensor } from "../tensor.js";
import { isPromise } from "../trace/is-promise.js";
import type { Session } from "../trace/session.js";
import {
  type StepType,
  usedOutsideItsLevel,
  innermostBranch,
  type StepLevels,
  within,
} from "../trace/step-type.js";
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

/** A function that is run in a block. */
export interface BlockRun<V, T, R> {
  /** Runs it on tensors of its own; may give a promise. */
  readonly run: (tracers: readonly Tensor[]) => V | PromiseLike<V>;
  /** What of its result is wanted. */
  readonly results: (value: V) => BlockResult<T>;
  /** What is made of that, right after the block has ended: nothing may come between in the trace. */
  readonly next: (result: T, ended: EndedBlock) => R;
}

/**
 * Runs a function as a differentiated one of the leaves: it is given a tensor of its own for each. What it gives
 * back is turned into values of the outer function, by renaming the very tensors. A promise for a function that gives
 * one.
 */
export function runBlock<V, T, R>(
  session: Session,
  leaves: readonly NamedLeaf[],
  { run, results, next }: BlockRun<V, T, R>,
  isOpaque: boolean = false,
): R | Promise<R> {
  const operands = leaves.map(({ operand }) => operand);
  const opening: Opening = {
    mark: BEGIN,
    operands,
    makeBlock: (depth) => new Block(depth, isOpaque),
    typesInside: (usable) => beginTypes(usable, leaves),
  };
  return inBlock(session, opening, {
    run,
    end: (value: V, begin) => {
      const { value: result, primals, along } = results(value);
      endBlock(session, begin, primals, along);
      return { result, ended: { session, block: begin.opens!, begin, end: session.cursor } };
    },
    next: ({ result, ended }) => next(result, ended),
  });
}

/** How a block begins. */
interface Opening {
  readonly mark: Mark;
  readonly operands: readonly (Tensor | number)[];
  readonly makeBlock: (depth: number) => Block;
  /** The types of the tensors that the function is given. */
  readonly typesInside: (usable: readonly (Tensor | number)[]) => readonly TensorType[];
}

/** Runs a function in a block of its own, which `end` takes to its end. */
export function inBlock<V, E, R>(
  session: Session,
  { mark, operands, makeBlock, typesInside }: Opening,
  steps: {
    readonly run: (tracers: readonly Tensor[]) => V | PromiseLike<V>;
    readonly end: (value: V, begin: TraceNode) => E;
    readonly next: (ended: E) => R;
  },
): R | Promise<R> {
  const depth = nextDepth(session);
  const tracers = session.mark(mark, operands, NO_ATTRS, (usable) => ({
    ...plainStep(usable.map(typeOf), typesInside(usable)),
    opens: makeBlock(depth),
  }));
  const begin = session.cursor;
  const block = begin.opens!;
  session.openBlocks.push(block);
  // A trace that goes on after an exception is another one than a trace in which there was none.
  const abort = (): void => {
    session.mark(block.abort, [], NO_ATTRS, () => plainStep([], []));
    session.leave(block);
  };
  const finish = (value: V): R => {
    const ended = orElse(abort, () => steps.end(value, begin));
    session.leave(block);
    return steps.next(ended);
  };
  const value = orElse(abort, () => steps.run(tracers));
  return isPromise(value) ? session.call!.follow(value as PromiseLike<V>, finish, abort) : finish(value as V);
}

/** Deeper than all blocks that are open. @throws W1015 */
export function nextDepth({ openBlocks }: Session): number {
  const depth = 1 + (openBlocks.at(-1)?.depth ?? 0);
  if (depth > MAX_DEPTH) throw nestedTooDeep();
  return depth;
}

/** Undoes something before an exception leaves. */
function orElse<T>(undo: () => void, body: () => T): T {
  try {
    return body();
  } catch (error) {
    undo();
    throw error;
  }
}

/** What a differentiated function came to. */
interface BlockResult<T> {
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
  operands.forEach((operand) => checkNesting(operand, block));
  const attrs: Attrs = { primals: primals.length };
  const made = session.mark(block.end, operands, attrs, (usable) => {
    const types = usable.map(typeOf);
    return { ...plainStep(types, types), ...outerLevel(session, begin, usable) };
  });
  operands.forEach((operand, k) => {
    if (typeof operand === "number" || operand.level !== block) return;
    const held = session.saved.get(operand.id);
    if (held) session.saved.set(made[k]!.id, Tensor.holding(held.type, retained(held.content())));
    operand.id = made[k]!.id;
    operand.level = made[k]!.level;
    const escaping = session.escaping.indexOf(made[k]!);
    if (escaping >= 0) session.escaping[escaping] = operand;
    if (session.outliving.delete(made[k]!)) session.outliving.add(operand);
  });
}

/** A second reference to a content. */
function retained(content: Storage): Storage {
  content.retain();
  return content;
}

/** @throws W1042 a result that depends on a function which runs at the same time, as only async ones do. */
function checkNesting(operand: Tensor | number, block: Block): void {
  if (typeof operand === "number" || operand.level === null || operand.level.depth <= block.depth) return;
  throw userError({
    code: "W1042",
    message: "a differentiated function gave a value of another one that runs at the same time",
    notes: ["it began later and has not returned"],
    hint: "wait for the one before using its values in the other",
  });
}

/** What the block's results depend on of what is around it, when it ends with these operands. */
export function outerLevel(
  session: Session,
  begin: TraceNode,
  operands: readonly (Tensor | number)[],
): StepLevels {
  const block = begin.opens!;
  let depths = depthsOf(operands, begin.depths);
  for (let node = session.cursor; node !== begin; node = node.parent!) {
    if (node.level === block) depths |= node.depths;
  }
  return levelOf(depths & ~(1 << block.depth), session, block.depth);
}

/** Those of the operands added to `depths`, one bit each. */
export function depthsOf(operands: readonly (Tensor | number)[], depths: number): number {
  return operands.reduce<number>((bits, operand) => bits | depthBit(operand), depths);
}

function depthBit(operand: Tensor | number): number {
  return typeof operand === "number" || operand.level === null ? 0 : 1 << operand.level.depth;
}

/** The innermost of the blocks with these depths, and of the branches outside `below`. @throws W1003 where it has ended. */
export function levelOf(depths: number, session: Session, below: number = Infinity): StepLevels {
  const branch = innermostBranch(session.openBlocks, below);
  if (depths === 0) return within(branch, { depths, level: null });
  const innermost = 31 - Math.clz32(depths);
  const level = session.openBlocks.find(({ depth }) => depth === innermost);
  if (!level) throw usedOutsideItsLevel();
  return within(branch, { depths, level });
}

/** The type of an operand of a mark: a number is a float32 scalar. */
export function typeOf(operand: Tensor | number): TensorType {
  return typeof operand === "number" ? { dtype: "float32", shape: [] } : operand.type;
}

function nestedTooDeep(): Error {
  return userError({
    code: "W1015",
    message: `functions can be differentiated ${MAX_DEPTH} deep in one another`,
    hint: "is a differentiated function calling its own gradient without an end?",
  });
}
