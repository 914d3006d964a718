import type { Tensor } from "../tensor.js";
import type { Session } from "../trace/session.js";
import { BEGIN_BATCH, Block, type TraceNode } from "../trace/trace-node.js";
import { inBlock, outerLevel, plainStep } from "./block.js";

/** What a batched function came to. */
interface BatchResult<T> {
  readonly value: T;
  /** The tensors that are wanted of it. */
  readonly results: readonly Tensor[];
}

/** One tensor of a batched function's result, as it is outside. */
export interface Collected {
  readonly tensor: Tensor;
  /** Whether it has the batch for its first axis; else it is the same for all. */
  readonly isStacked: boolean;
}

/** A function that is run for all elements. */
export interface BatchRun<V, T, R> {
  /** Runs it on tensors of one element's type; may give a promise. */
  readonly run: (elements: readonly Tensor[]) => V | PromiseLike<V>;
  /** What of its result is wanted. */
  readonly results: (value: V) => BatchResult<T>;
  readonly next: (value: T, collected: readonly Collected[]) => R;
}

/**
 * Runs a function once for all elements of the operands along their first axis, which has `size`: it is given a tensor
 * of one element's type for each. What depends on none of them is the same for all, and computed once.
 */
export function runBatch<V, T, R>(
  session: Session,
  operands: readonly Tensor[],
  size: number,
  { run, results, next }: BatchRun<V, T, R>,
): R | Promise<R> {
  const types = operands.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) }));
  const opening = {
    mark: BEGIN_BATCH,
    operands,
    makeBlock: (depth: number) => new Block(depth, true),
    typesInside: () => types,
  };
  return inBlock(session, opening, {
    run,
    end: (given: V, begin) => {
      const { value, results: tensors } = results(given);
      return { value, collected: collect(session, begin, tensors, size) };
    },
    next: ({ value, collected }) => next(value, collected),
  });
}

function collect(
  session: Session,
  begin: TraceNode,
  results: readonly Tensor[],
  size: number,
): readonly Collected[] {
  const block = begin.opens!;
  const differing = results.filter((tensor) => tensor.level === block);
  const made = session.mark(block.collect, differing, { size }, () => {
    const step = plainStep(
      differing.map(({ type }) => type),
      differing.map(({ dtype, shape }) => ({ dtype, shape: [size, ...shape] })),
    );
    return { ...step, ...outerLevel(session, begin, differing) };
  });
  return results.map((tensor) => {
    const k = differing.indexOf(tensor);
    return k < 0 ? { tensor, isStacked: false } : { tensor: made[k]!, isStacked: true };
  });
}
