import { NO_ATTRS, sameType, type TensorType } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { isPromise } from "../trace/is-promise.js";
import type { Session } from "../trace/session.js";
import { BEGIN_BRANCH, Block, type TraceNode } from "../trace/trace-node.js";
import { depthsOf, inBlock, levelOf, plainStep, typeOf } from "../transforms/block.js";
import { mustNotWait } from "../transforms/must-not-wait.js";
import { type FlatTree, flatten, sameStructure, unflatten } from "../tree/tree.js";
import { differentLeaves, differentTrees, differentTypes } from "./control-errors.js";

/** What the two branches gave, as it is to be chosen between. */
export type Together = (taken: unknown, other: unknown) => readonly [taken: unknown, other: unknown];

/**
 * Runs both functions as branches, of which the device takes one by the flag, and gives the tree of what the one that is
 * taken comes to. What both give alike, a string or a tensor from outside, stays as it is. `together` is called once
 * both have run, and says what of them is chosen between.
 *
 * @throws W1060 to W1062 results that do not go together; W1005 a function that gives a promise.
 */
export function chooseBranch(
  session: Session,
  flag: Tensor,
  onTrue: () => unknown,
  onFalse: () => unknown,
  together: Together = (...both) => both,
): unknown {
  const first = runBranch(session, onTrue, null);
  const second = runBranch(session, onFalse, first.begin.opens);
  const [taken, other] = together(first.value, second.value).map(flatten) as [FlatTree, FlatTree];
  leave(session, first, taken);
  leave(session, second, other);
  if (!sameStructure(taken.structure, other.structure)) throw differentTrees(taken, other);

  const chosen = choices(taken, other);
  const wanted = chosen.filter(({ type }) => type !== null);
  const outputs = wanted.length === 0 ? [] : choose(session, flag, [first, second], wanted);
  let next = 0;
  const leaves = chosen.map(({ type, leaf }) => (type === null ? leaf : outputs[next++]));
  return unflatten(taken.structure, leaves);
}

/** A branch that has run: what it gave, and where it stands in the trace. */
interface Branch {
  readonly begin: TraceNode;
  readonly value: unknown;
}

function runBranch(session: Session, body: () => unknown, other: Block | null): Branch {
  const opening = {
    mark: BEGIN_BRANCH,
    operands: [],
    typesInside: () => [],
    makeBlock: (depth: number) => new Block(depth, true, true, other),
  };
  return inBlock(session, opening, {
    run: () => {
      const value = body();
      if (isPromise(value)) throw mustNotWait("a branch of cond", value);
      return value;
    },
    end: (value, begin) => ({ begin, value }),
    next: (branch) => branch,
  }) as Branch; // A promise was refused.
}

/** Says with what a branch is left: after both have run, because one may have to say what the other changes. */
function leave(session: Session, { begin }: Branch, result: FlatTree): void {
  const block = begin.opens!;
  const left = result.leaves.filter(isOperand).map(operandOf);
  // Once more, because only an open block's values are operands.
  session.openBlocks.push(block);
  try {
    session.mark(block.leave, left, NO_ATTRS, (usable) => ({
      ...plainStep(usable.map(typeOf), []),
      level: block,
      depths: depthsOf(usable, 1 << block.depth),
    }));
  } finally {
    session.openBlocks.pop();
  }
}

/** One leaf of the result: of which type it has to be chosen (null: it is the same either way), and its place. */
interface Choice {
  readonly type: TensorType | null;
  readonly leaf: unknown;
  /** Its position among what the branches were left with. */
  readonly position: number;
}

function choices(taken: FlatTree, other: FlatTree): readonly Choice[] {
  let position = 0;
  return taken.leaves.map((leaf, k) => {
    const choice = { type: commonType(leaf, other.leaves[k], k), leaf, position };
    if (isOperand(leaf)) position++;
    return choice;
  });
}

function commonType(a: unknown, b: unknown, k: number): TensorType | null {
  if (Object.is(a, b)) return null;
  if (!isOperand(a) || !isOperand(b)) throw differentLeaves(a, b, k);
  if (!(a instanceof Tensor)) return b instanceof Tensor ? b.type : numberType(a, b);
  if (!(b instanceof Tensor) || sameType(a.type, b.type)) return a.type;
  throw differentTypes(a.type, b.type, k);
}

function numberType(a: number | boolean, b: number | boolean): TensorType {
  const areBoth = typeof a === "boolean" && typeof b === "boolean";
  return { dtype: areBoth ? "bool" : "float32", shape: [] };
}

function choose(
  session: Session,
  flag: Tensor,
  [taken, other]: readonly [Branch, Branch],
  wanted: readonly Choice[],
): readonly Tensor[] {
  const blocks = [taken.begin.opens!, other.begin.opens!] as const;
  const attrs = { leaves: wanted.map(({ position }) => position) };
  return session.mark(blocks[1].choose, [flag], attrs, (usable) => {
    let depths = depthsOf(usable, taken.begin.depths | other.begin.depths);
    for (let node = session.cursor; node !== taken.begin; node = node.parent!) {
      if (node.level === blocks[0] || node.level === blocks[1]) depths |= node.depths;
    }
    const step = plainStep(
      usable.map(typeOf),
      wanted.map(({ type }) => type!),
    );
    return { ...step, ...levelOf(depths & ~(1 << blocks[0].depth), session) };
  });
}

type OperandLeaf = Tensor | number | boolean;

function isOperand(leaf: unknown): leaf is OperandLeaf {
  return leaf instanceof Tensor || typeof leaf === "number" || typeof leaf === "boolean";
}

function operandOf(leaf: OperandLeaf): Tensor | number {
  return typeof leaf === "boolean" ? Number(leaf) : leaf;
}
