import { sameType, type TensorType } from "@weftjs/ir";
import { full } from "../functions/creation.js";
import { Tensor } from "../tensor.js";
import { isPromise } from "../trace/is-promise.js";
import type { IterateAttrs } from "../trace/build-marks.js";
import type { Session } from "../trace/session.js";
import { BEGIN_LOOP, Block } from "../trace/trace-node.js";
import { inBlock, outerLevel, plainStep, typeOf } from "../transforms/block.js";
import { mustNotWait } from "../transforms/must-not-wait.js";
import { type FlatTree, flatten, sameStructure, unflatten } from "../tree/tree.js";
import { visitLeaves } from "../tree/visit.js";
import { changedState, changedTree, noCondition } from "./control-errors.js";

/** What goes from one iteration to the next: a tree, and its leaves as tensors. */
export interface State {
  readonly tree: FlatTree;
  readonly tensors: readonly Tensor[];
}

/** Numbers become float32 scalars, booleans bool ones. @throws W1064 a leaf that the device cannot hold. */
export function stateOf(init: unknown): State {
  const tree = flatten(init);
  return { tree, tensors: tree.leaves.map(asTensor) };
}

function asTensor(leaf: unknown): Tensor {
  if (leaf instanceof Tensor) return leaf;
  if (typeof leaf === "number") return full([], leaf);
  if (typeof leaf === "boolean") return full([], Number(leaf), { dtype: "bool" });
  throw noCondition(leaf, "what a loop carries");
}

/** One iteration as it was traced: what is carried on and the rows made. */
interface Iteration {
  readonly carried: readonly (Tensor | number)[];
  readonly made: readonly (Tensor | number)[];
}

export interface LoopPlan {
  /** Null: while the first of what is carried is true. */
  readonly count: number | null;
  readonly reverse: boolean;
  readonly carried: readonly Tensor[];
  readonly scanned: readonly Tensor[];
  /** Traces one iteration. */
  readonly iteration: (index: Tensor, carried: readonly Tensor[], rows: readonly Tensor[]) => Iteration;
}

/** Runs the body once, as that of a loop on the device. Gives what is carried out of it, then the rows, stacked. */
export function runLoop(session: Session, plan: LoopPlan): readonly Tensor[] {
  const { carried, scanned, count } = plan;
  const rows = scanned.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) }));
  const opening = {
    mark: BEGIN_LOOP,
    operands: [...carried, ...scanned],
    typesInside: () => [INDEX, ...carried.map(({ type }) => type), ...rows],
    makeBlock: (depth: number) => new Block(depth, true),
  };
  return inBlock(session, opening, {
    run: ([index, ...tracers]) =>
      plan.iteration(index!, tracers.slice(0, carried.length), tracers.slice(carried.length)),
    end: ({ carried: next, made }, begin) => {
      const attrs: IterateAttrs = {
        count,
        reverse: plan.reverse,
        carried: carried.length,
        made: made.length,
      };
      return session.mark(begin.opens!.iterate, [...next, ...made], attrs, (usable) => {
        const types = usable.map(typeOf);
        const stacks = types
          .slice(carried.length)
          .map(({ dtype, shape }) => ({ dtype, shape: [count!, ...shape] }));
        const outputs = [...begin.types.slice(1, 1 + carried.length), ...stacks];
        return { ...plainStep(types, outputs), ...outerLevel(session, begin, usable) };
      });
    },
    next: (outputs) => outputs,
  }) as readonly Tensor[]; // `iteration` refuses promises.
}

const INDEX: TensorType = { dtype: "int32", shape: [] };

/** What the body gave, as leaves that fit the state. @throws W1063 where they do not; W1005 for a promise. */
export function nextLeaves({ tree, tensors }: State, given: unknown): readonly (Tensor | number)[] {
  if (isPromise(given)) throw mustNotWait("the body of a loop", given);
  const next = flatten(given);
  if (!sameStructure(next.structure, tree.structure)) throw changedTree(tree, next);
  const paths: string[] = [];
  visitLeaves(unflatten(tree.structure, tree.leaves), (_, path) => paths.push(path));
  return next.leaves.map((leaf, k) => fitting(leaf, tensors[k]!.type, paths[k]!));
}

function fitting(leaf: unknown, type: TensorType, path: string): Tensor | number {
  if (leaf instanceof Tensor) {
    if (sameType(leaf.type, type)) return leaf;
  } else if (typeof leaf === "number") return leaf;
  else if (typeof leaf === "boolean" && type.dtype === "bool") return Number(leaf);
  throw changedState(type, leaf, path);
}
