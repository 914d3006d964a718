import type { Attrs } from "@weftjs/ir";
import * as weft from "../index.js";
import type { Retyped, RetypedList } from "./retyped.js";
import type { Tensor } from "./tensor.js";

// What has type parameters and mentions tensors: no type can map it from the strict surface, so it is said again.
// The values are the same objects, which is what each `never` stands for.

/** The gradient of a differentiated argument: of the argument's structure, a tensor for a number. */
export type GradientOf<T> = T extends number ? Tensor : T;

type ArgumentAt<F extends weft.AnyFunction, N> = N extends keyof Parameters<F> & number
  ? GradientOf<Parameters<F>[N]>
  : never;

/** By `argnums`: one gradient, or one for each of a list. */
export type GradientsOf<
  F extends weft.AnyFunction,
  N extends number | readonly number[],
> = N extends readonly number[] ? { -readonly [K in keyof N]: ArgumentAt<F, N[K]> } : ArgumentAt<F, N>;

/** A tree like the argument where the function gives a tensor. */
export type JacobianOf<F extends weft.AnyFunction> =
  ReturnType<F> extends Tensor ? GradientOf<Parameters<F>[0]> : unknown;

type Jacobian = <F extends weft.AnyFunction>(f: F) => (...args: Parameters<F>) => JacobianOf<F>;

/** Gives one gradient for each primal, from a tree like `out`; numbers in it stand for tensors full of them. */
export type Pullback<F extends weft.AnyFunction> = (cotangent: ReturnType<F>) => {
  -readonly [K in keyof Parameters<F>]: GradientOf<Parameters<F>[K]>;
};

/** The gradient of `f`, a function with a scalar result, for the argument at `argnums`, the first by default. */
export const grad: <F extends weft.AnyFunction, const N extends number | readonly number[] = 0>(
  f: F,
  argnums?: N,
) => (...args: Parameters<F>) => GradientsOf<F, N> = weft.grad as never;

/** The value of `f` and its gradient: `[value, gradients]`; with `hasAux`, `[[value, aux], gradients]`. */
export const valueAndGrad: <F extends weft.AnyFunction, const N extends number | readonly number[] = 0>(
  f: F,
  argnums?: N,
  options?: { readonly hasAux?: boolean },
) => (...args: Parameters<F>) => [ReturnType<F>, GradientsOf<F, N>] = weft.valueAndGrad as never;

/** `f` at the primals, and the function that pulls cotangents of its result back to them: `[out, pullback]`. */
export const vjp: <F extends weft.AnyFunction>(
  f: F,
  ...primals: Parameters<F>
) => [ReturnType<F>, Pullback<F>] = weft.vjp as never;

/** All derivatives of `f` for its first argument, one forward pass for each element of the argument. */
export const jacfwd: Jacobian = weft.jacfwd as never;

/** All derivatives of `f` for its first argument, one backward pass for each element of the result. */
export const jacrev: Jacobian = weft.jacrev as never;

/** The second derivatives of `f` for its first argument, in all pairs. */
export const hessian: Jacobian = weft.hessian as never;

/** What `onTrue` gives where `condition`, a scalar, is not 0, else what `onFalse` gives: chosen on the device. */
export const cond: <R, A extends readonly unknown[]>(
  condition: Tensor | boolean,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
) => R = weft.cond as never;

/** `while (condition(state)) state = body(state)` on the device; gives the last state. */
export const whileLoop: <S>(condition: (state: S) => Tensor | boolean, body: (state: S) => S, init: S) => S =
  weft.whileLoop as never;

/** `for (let i = low; i < high; i++) state = body(i, state)` on the device; gives the last state. */
export const forLoop: <S>(
  low: Tensor | number,
  high: Tensor | number,
  body: (i: Tensor, state: S) => S,
  init: S,
) => S = weft.forLoop as never;

/** What an optimizer keeps from step to step: a tree of tensors, to be passed on, saved and loaded as one. */
export type OptimizerState = Tensor | readonly OptimizerState[] | { readonly [name: string]: OptimizerState };

/** A way to make better parameters from gradients. */
export interface Optimizer {
  /** The state before the first step. */
  init(params: unknown): OptimizerState;
  /** One step: the new parameters and the new state. `grads` has the structure of `params`. */
  update<P>(grads: unknown, state: OptimizerState, params: P): [P, OptimizerState];
}

/** Batches of rows, in order or shuffled: one object of tensors each, under the names of the arrays. */
export const minibatch: <Name extends string>(
  arrays: Readonly<Record<Name, weft.HostArray | Tensor>>,
  options: weft.MinibatchOptions,
) => Generator<Record<Name, Tensor>> = weft.minibatch as never;

/** The tree `like` with the tensors of these names in place of its own. */
export const fillTree: <T>(like: T, named: ReadonlyMap<string, Tensor>) => T = weft.fillTree as never;

/** The tensors of a file by name, or as the tree `like`. */
export const load: {
  (file: string): Promise<Record<string, Tensor>>;
  <T>(file: string, like: T): Promise<T>;
} = weft.load as never;

/**
 * Declares an op of your own, once, and gives the function that calls it. Its rules see graph values, which have the
 * methods of tensors, and are written with functions and methods.
 */
export const defineOp: {
  <const N extends readonly string[], A extends Attrs = Readonly<Record<never, never>>>(
    declaration: weft.PointwiseDeclaration<N, A>,
  ): (...args: RetypedList<Parameters<weft.OwnPointwise<N, A>>>) => Tensor;
  <const N extends readonly [string]>(declaration: weft.ReduceDeclaration<N>): Retyped<weft.OwnReduction>;
} = weft.defineOp as never;
