import { Tensor } from "../tensor.js";
import { currentSession } from "../transforms/grad.js";
import { flatten, type FlatTree, unflatten } from "../tree/tree.js";
import { unfitRows } from "./control-errors.js";
import { nextLeaves, runLoop, stateOf } from "./loop-block.js";
import { traced } from "./while-loop.js";

/** How a scan goes over its rows. */
export interface ScanOptions {
  /** Iterations, where `xs` has no tensor to tell. */
  readonly length?: number;
  /** From the last row to the first; the results stand in the order of the rows all the same. */
  readonly reverse?: boolean;
}

/**
 * Runs `f` over the rows of `xs` on the device, from one carry to the next: `f(carry, x)` gives `[carry, y]`, and the
 * result is `[last carry, ys]`, the `y` stacked along a new first axis. `xs` is a tree of tensors of one length along
 * their first axis, `x` the same tree of rows; null and a `length` repeat `f(carry, null)`. `f` runs once while the
 * call is traced, so that the time to compile does not depend on the length; one submit, gradients of any order.
 *
 * @throws W1063 a carry that changes its type; W1005 `f` gives a promise; W1065 lengths that differ or are missing, or a
 * result that is no pair.
 */
export function scan<C, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  { length, reverse = false }: ScanOptions = {},
): [C, Y] {
  return traced("scan", f, [init, xs], () => {
    const state = stateOf(init);
    const given = flatten(xs);
    const scanned = given.leaves.filter((leaf) => leaf instanceof Tensor);
    const count = commonLength(scanned, length);
    let made: FlatTree | undefined;
    const outputs = runLoop(currentSession(), {
      count,
      reverse,
      carried: state.tensors,
      scanned,
      iteration: (_, carried, rows) => {
        const pair: unknown = f(
          unflatten(state.tree.structure, carried) as C,
          unflatten(given.structure, withRows(given.leaves, rows)) as X,
        );
        if (!Array.isArray(pair) || pair.length !== 2) throw noPair(pair);
        made = flatten(pair[1]);
        return { carried: nextLeaves(state, pair[0]), made: made.leaves.filter(isRow) };
      },
    });
    const last = unflatten(state.tree.structure, outputs.slice(0, state.tensors.length)) as C;
    const stacked = withRows(made!.leaves, outputs.slice(state.tensors.length), isRow);
    return [last, unflatten(made!.structure, stacked) as Y];
  });
}

function isRow(leaf: unknown): leaf is Tensor | number {
  return leaf instanceof Tensor || typeof leaf === "number";
}

/** The leaves, with those that are rows replaced in order. */
function withRows(
  leaves: readonly unknown[],
  rows: readonly Tensor[],
  isReplaced: (leaf: unknown) => boolean = (leaf) => leaf instanceof Tensor,
): unknown[] {
  let next = 0;
  return leaves.map((leaf) => (isReplaced(leaf) ? rows[next++] : leaf));
}

/** @throws W1065 */
function commonLength(scanned: readonly Tensor[], length: number | undefined): number {
  const lengths = new Set(scanned.map(({ shape }) => shape[0]));
  if (length !== undefined) lengths.add(length);
  const [count, ...others] = lengths;
  if (count !== undefined && others.length === 0 && Number.isSafeInteger(count) && count >= 0) return count;
  throw unfitRows(
    `scan needs one number of rows, got ${[...lengths].map((size) => size ?? "a scalar").join(", ") || "none"}`,
    scanned.length === 0
      ? "give length where xs has no tensors"
      : "all tensors in xs have one length along axis 0",
  );
}

function noPair(got: unknown): Error {
  const what = Array.isArray(got) ? `${got.length} values` : typeof got;
  return unfitRows(`the function of a scan gives [carry, y], got ${what}`, "give [carry, null] for no rows");
}
