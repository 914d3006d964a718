import type { Graph, Value } from "../graph.js";
import { elementCount, type TensorType } from "../types.js";

/** What a loop runs and how often. */
export type LoopAttrs = {
  /** One iteration: `(index, …carried, …rows, …constants) → (…carried, …made)`. The index is an int32 scalar. */
  readonly body: Graph;
  /** Iterations; null where the first carried value, a bool scalar, says before each whether there is another. */
  readonly count: number | null;
  /** How many of the operands go from one iteration to the next. */
  readonly carried: number;
  /** How many operands after those are given row by row, along their first axis. */
  readonly scanned: number;
  /** From the last index to the first. */
  readonly reverse: boolean;
  /** Whether it also gives what was carried into each iteration, which a gradient needs. */
  readonly keeps: boolean;
};

/** Elements that the rows of a loop without known end may have in all: positions are 32-bit integers. */
const MOST_ELEMENTS = 2 ** 28;

/**
 * The type of rows that a loop makes, one an iteration. Without a known count it is a bound: the buffer has as many
 * rows as there were iterations.
 */
export function stackType({ dtype, shape }: TensorType, count: number | null): TensorType {
  const rows = count ?? Math.max(1, Math.floor(MOST_ELEMENTS / Math.max(1, elementCount(shape))));
  return { dtype, shape: [rows, ...shape] };
}

/** Values of a loop by their role. */
export interface LoopOperands<T> {
  readonly carried: readonly T[];
  readonly scanned: readonly T[];
  readonly constants: readonly T[];
}

export function splitOperands<T>(
  operands: readonly T[],
  { carried, scanned }: Pick<LoopAttrs, "carried" | "scanned">,
): LoopOperands<T> {
  return {
    carried: operands.slice(0, carried),
    scanned: operands.slice(carried, carried + scanned),
    constants: operands.slice(carried + scanned),
  };
}

export interface LoopOutputs<T> {
  readonly carried: readonly T[];
  readonly stacked: readonly T[];
  /** How many iterations there were, where that is not known before. */
  readonly trips: T | undefined;
  /** For each of `keptCarried`, what was carried into each iteration. */
  readonly kept: readonly T[];
}

export function splitOutputs<T>(outputs: readonly T[], attrs: LoopAttrs): LoopOutputs<T> {
  const stacked = attrs.carried + madeBy(attrs).length;
  const kept = stacked + (attrs.count === null ? 1 : 0);
  return {
    carried: outputs.slice(0, attrs.carried),
    stacked: outputs.slice(attrs.carried, stacked),
    trips: attrs.count === null ? outputs[stacked] : undefined,
    kept: outputs.slice(kept),
  };
}

/** The results of the body that become rows. */
export function madeBy({ body, carried }: Pick<LoopAttrs, "body" | "carried">): readonly Value[] {
  return body.results.slice(carried);
}

/** Positions among the carried of those that `keeps` keeps: a flag that says to go on was true each time. */
export function keptCarried({ carried, count }: Pick<LoopAttrs, "carried" | "count">): readonly number[] {
  const first = count === null ? 1 : 0;
  return Array.from({ length: carried - first }, (_, k) => k + first);
}

/** Rows of a loop without known count: only the device knows how many. */
export function isTape(value: Value): boolean {
  if (value.node?.op.kind !== "loop" || value.shape.length === 0) return false;
  const { count, carried } = value.node.attrs as LoopAttrs;
  return count === null && value.index >= carried;
}
