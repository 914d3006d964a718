import { lessEqual, where } from "../functions/compare.js";
import { arange, full, zeros } from "../functions/creation.js";
import { pad, split } from "../functions/joining.js";
import { reshape } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { otherParameters, Packed } from "./packed.js";
import { average, isOneVector } from "./per-element.js";
import { filled, type OptimizerState } from "./transform.js";

/** Averages of gradients and of their squares after a step. */
interface Moments {
  readonly means: Packed;
  readonly squares: Packed;
  /** How many steps came before this one. */
  readonly done: Tensor;
  readonly kept: OptimizerState;
}

/** State where it is not one table: the count of steps, and a vector or more for each moment. */
interface Apart {
  readonly count: Tensor;
  readonly mu: OptimizerState;
  readonly nu: OptimizerState;
}

/**
 * Where one vector holds all parameters, one table holds all state: a row for each moment, and a last column for the
 * count of steps. One kernel then updates it with three bindings less than tensors apart take, and those that read it
 * need one. A large parameter's moments stay apart, so that the kernel that updates them updates it too.
 */
export function initialMoments(like: Packed): OptimizerState {
  if (isOneVector(like)) return zeros([2, like.vectors[0]!.size + 1]);
  return { count: full([], 0), mu: filled(like, 0), nu: filled(like, 0) };
}

/** The averages of `g` and of `g²`, each times its decay plus the rest of the new. @throws W1030 for other state. */
export function nextMoments(
  updates: Packed,
  state: OptimizerState,
  decays: readonly [number, number],
): Moments {
  return state instanceof Tensor ? nextTable(updates, state, decays) : nextApart(updates, state, decays);
}

/** What `filled` made of a state, as numbers of each parameter. */
function packedState(state: OptimizerState, like: Packed): Packed {
  return Packed.ofVectors(like.layout, state as readonly Tensor[]);
}

/** `a·x + b·y`, written to memory as state. */
function blended(a: number, x: Packed, b: number, y: Packed): Packed {
  return x.zip((left, right) => average(a, left, b, right), y).stored();
}

function nextApart(updates: Packed, state: OptimizerState, [b1, b2]: readonly [number, number]): Moments {
  const { count, mu, nu } = state as unknown as Apart; // what init made
  const means = blended(b1, packedState(mu, updates), 1 - b1, updates);
  const squares = blended(
    b2,
    packedState(nu, updates),
    1 - b2,
    updates.map((g) => g.square()),
  );
  return {
    means,
    squares,
    done: count,
    kept: { count: count.add(1), mu: means.vectors, nu: squares.vectors },
  };
}

function nextTable(updates: Packed, table: Tensor, [b1, b2]: readonly [number, number]): Moments {
  const { layout, vectors } = updates;
  const [gradient] = vectors;
  if (!gradient || vectors.length > 1 || String(table.shape) !== String([2, gradient.size + 1]))
    throw otherParameters();
  const { size } = gradient;
  // The count is the sum of ones: of a column that forgets nothing.
  const row = pad(gradient, [[0, 1]], { value: 1 });
  const isMean = lessEqual(reshape(arange(2), [2, 1]), 0);
  const isCount = arange(size + 1).greaterEqual(size);
  const decay = where(isCount, 1, where(isMean, b1, b2));
  const share = where(isCount, 1, where(isMean, 1 - b1, 1 - b2));
  const next = table.mul(decay).add(row.mul(where(isMean, 1, row)).mul(share));
  const [first, second] = split(next, 2).map((moment) => split(reshape(moment, [-1]), [size, 1]));
  // From the new table, which whoever reads the moments binds anyway.
  const done = reshape(first![1]!, []).sub(1);
  return {
    means: Packed.ofVectors(layout, [first![0]!]),
    squares: Packed.ofVectors(layout, [second![0]!]),
    done,
    kept: next,
  };
}
