import { sum } from "../functions/reductions.js";
import { add } from "../functions/arithmetic.js";
import { full } from "../functions/creation.js";
import type { Tensor } from "../tensor.js";
import { layoutOf, Packed } from "./packed.js";

/** What an optimizer keeps from step to step: a tree of tensors, to be passed on, saved and loaded as one. */
export type OptimizerState = Tensor | readonly OptimizerState[] | { readonly [name: string]: OptimizerState };

/**
 * A way to make better parameters from gradients. Works on any tree of parameters, inside `jit` and outside. Leaves
 * that are no float tensors stay as they are.
 */
export interface Optimizer {
  /** The state before the first step. */
  init(params: unknown): OptimizerState;
  /**
   * One step: the new parameters and the new state. `grads` has the structure of `params`.
   *
   * @throws W1030 where gradients or state belong to other parameters.
   */
  update<P>(grads: unknown, state: OptimizerState, params: P): [P, OptimizerState];
  /** @internal What it does to the gradients, for `chain`. */
  readonly transform: GradientTransform;
}

/** One stage: from updates (at first the gradients) to better ones. Those of the last stage are added to the parameters. */
export interface GradientTransform {
  init(like: Packed): OptimizerState;
  update(updates: Packed, state: OptimizerState, params: Packed): [Packed, OptimizerState];
}

/** No state. */
const STATELESS: OptimizerState = [];

/** An optimizer that does this to the gradients and adds the outcome to the parameters. */
export function optimizer(transform: GradientTransform): Optimizer {
  return {
    transform,
    init(params) {
      return transform.init(Packed.ofTree(layoutOf(params), params));
    },
    update(grads, state, params) {
      const layout = layoutOf(params);
      const before = Packed.ofTree(layout, params);
      const [updates, next] = transform.update(Packed.ofTree(layout, grads), state, before);
      return [before.zip(add, updates).intoTree(params), next];
    },
  };
}

/** Stages one after another: `chain(clipByGlobalNorm(1), adam(1e-3))`. Each sees what the one before it made. */
export function chain(...parts: readonly Optimizer[]): Optimizer {
  return optimizer(sequence(...parts.map((part) => part.transform)));
}

export function sequence(...transforms: readonly GradientTransform[]): GradientTransform {
  return {
    init: (like) => transforms.map((transform) => transform.init(like)),
    update(updates, state, params) {
      const states = state as readonly OptimizerState[]; // what init made
      const next = transforms.map((transform, k) => {
        const [made, kept] = transform.update(updates, states[k]!, params);
        updates = made;
        return kept;
      });
      return [updates, next];
    },
  };
}

/** A stage without memory. */
export function stateless(f: (updates: Packed, params: Packed) => Packed): GradientTransform {
  return {
    init: () => STATELESS,
    update: (updates, state, params) => [f(updates, params), state],
  };
}

/** Vectors of one value, in the parameters' layout and dtypes. */
export function filled(like: Packed, value: number): OptimizerState {
  return like.layout.vectors.map(
    (leaves, k) =>
    full([leaves.reduce((total, leaf) => total + like.layout.sizes[leaf]!, 0)], value, { dtype: like.vectors[k]!.dtype }), // prettier-ignore
  );
}

/** The Euclidean norm of all float tensors of a tree taken as one vector; float32[]. */
export function globalNorm(tree: unknown): Tensor {
  return normOf(Packed.ofTree(layoutOf(tree), tree));
}

export function normOf(updates: Packed): Tensor {
  const squares = updates.vectors.map((x) => sum(x.square().astype("float32")));
  return squares.reduce((total, square) => total.add(square), full([], 0)).sqrt();
}
