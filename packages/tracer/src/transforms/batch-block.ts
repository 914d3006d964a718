import type { Tensor } from "../tensor.js";
import type { Session } from "../trace/session.js";
import { BEGIN_BATCH } from "../trace/trace-node.js";
import { inBlock, outerLevel, plainStep } from "./block.js";

/** What a batched function came to. */
export interface BatchResult<T> {
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

/**
 * Runs `body` once for all elements of the operands along their first axis, which has `size`: it is given a tensor of
 * one element's type for each. What depends on none of them is the same for all, and computed once.
 */
export function runBatch<T>(
  session: Session,
  operands: readonly Tensor[],
  size: number,
  body: (elements: readonly Tensor[]) => BatchResult<T>,
): { readonly value: T; readonly collected: readonly Collected[] } {
  const types = operands.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) }));
  return inBlock(
    session,
    BEGIN_BATCH,
    operands,
    () => types,
    (elements, begin) => {
      const block = begin.opens!;
      const { value, results } = body(elements);
      const differing = results.filter((tensor) => tensor.level === block);
      const made = session.mark(block.collect, differing, { size }, () => {
        const step = plainStep(
          differing.map(({ type }) => type),
          differing.map(({ dtype, shape }) => ({ dtype, shape: [size, ...shape] })),
        );
        return { ...step, ...outerLevel(session, begin, differing) };
      });
      const collected = results.map((tensor) => {
        const k = differing.indexOf(tensor);
        return k < 0 ? { tensor, isStacked: false } : { tensor: made[k]!, isStacked: true };
      });
      return { value, collected };
    },
  );
}
