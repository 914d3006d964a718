import { currentRecorder, formatType, isFloat } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { Session } from "../trace/session.js";
import { userError } from "../trace/user-error.js";
import { visitTensors } from "../tree/visit.js";
import { parameterNames } from "./argument-names.js";
import { pullBlock, runBlock } from "./block.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import type { AnyFunction } from "./jit.js";
import { transformed } from "./transformed.js";

/** The gradient of a differentiated argument: of the argument's structure, a tensor for a number. */
export type GradientOf<T> = T extends number ? Tensor : T;

/** A promise of T for an async function. */
export type Likewise<F extends AnyFunction, T> = ReturnType<F> extends PromiseLike<unknown> ? Promise<T> : T;

type ArgumentAt<F extends AnyFunction, N> = N extends keyof Parameters<F> & number
  ? GradientOf<Parameters<F>[N]>
  : never;

/** By `argnums`: one gradient, or one for each of a list. */
export type GradientsOf<
  F extends AnyFunction,
  N extends number | readonly number[],
> = N extends readonly number[] ? { -readonly [K in keyof N]: ArgumentAt<F, N[K]> } : ArgumentAt<F, N>;

/**
 * The gradient of `f`, a function with a scalar float result, for the argument at `argnums` (the first by default):
 * of the argument's own structure, arrays, objects and Maps of tensors. With a list of positions, a list of gradients.
 * Nests freely with itself and `jit`; alone it is compiled like `jit(grad(f))`. Of an async function it gives a promise;
 * what that reads are the values at the arguments.
 *
 * @throws W1006 `f` gives no float scalar; W1007 a differentiated tensor is no float; W1008 a number inside a
 * differentiated tree; W1009 no such argument, or no tensor in it.
 */
export function grad<F extends AnyFunction, const N extends number | readonly number[] = 0>(
  f: F,
  argnums: N = 0 as N,
): (...args: Parameters<F>) => Likewise<F, GradientsOf<F, N>> {
  const kind = `grad ${String(argnums)}`;
  const run = (args: unknown[]): unknown =>
    differentiate(f, args, argnums, false, (_, gradients) => gradients);
  return transformed(f, kind, run) as never;
}

/**
 * The value of `f` and its gradient: `[value, gradients]`. With `hasAux`, `f` gives `[value, aux]` and the result is
 * `[[value, aux], gradients]`, where aux may be any tree: accuracies, new state. Otherwise like `grad`.
 */
export function valueAndGrad<F extends AnyFunction, const N extends number | readonly number[] = 0>(
  f: F,
  argnums: N = 0 as N,
  { hasAux = false }: { readonly hasAux?: boolean } = {},
): (...args: Parameters<F>) => Likewise<F, [Awaited<ReturnType<F>>, GradientsOf<F, N>]> {
  const kind = `valueAndGrad ${hasAux ? "with aux " : ""}${String(argnums)}`;
  const run = (args: unknown[]): unknown =>
    differentiate(f, args, argnums, hasAux, (value, gradients) => [value, gradients]);
  return transformed(f, kind, run) as never;
}

function differentiate<R>(
  f: AnyFunction,
  args: readonly unknown[],
  argnums: number | readonly number[],
  hasAux: boolean,
  next: (value: unknown, gradients: unknown) => R,
): R | Promise<R> {
  const session = currentSession();
  const wanted = typeof argnums === "number" ? [argnums] : argnums;
  const tree = new DifferentiatedTree(args, wanted, parameterNames(f));
  return runBlock(session, tree.leaves, {
    run: (tracers) => (f as (...args: unknown[]) => unknown)(...tree.argumentsWith(tracers)),
    results: (value) => {
      const primal = scalarOf(hasAux ? (value as readonly unknown[] | undefined)?.[0] : value, f.name);
      return { value, primals: [primal], along: hasAux ? tensorsBut(primal, value) : [] };
    },
    next: (value, ended) => {
      const gradients = tree.gradientsWith(pullBlock(ended, [1], [0]));
      return next(value, typeof argnums === "number" ? gradients[0] : gradients);
    },
  });
}

/** The session that is running. A graph that is being built has its own way to differentiate. */
export function currentSession(): Session {
  const recorder = currentRecorder();
  if (recorder instanceof Session) return recorder;
  throw userError({
    code: "W1013",
    message: "functions cannot be differentiated or batched in the declaration of an op",
    hint: "write the rule with ops",
  });
}

function scalarOf(value: unknown, name: string): Tensor | number {
  if (typeof value === "number") return value;
  if (value instanceof Tensor && value.shape.length === 0 && isFloat(value.dtype)) return value;
  const got = value instanceof Tensor ? formatType(value.type) : value === null ? "null" : typeof value;
  throw userError({
    code: "W1006",
    message: `a differentiated function must give a float scalar, ${name || "it"} gave ${got}`,
    hint: value instanceof Tensor ? "reduce it with sum or mean; vjp takes any result" : "return the loss",
  });
}

function tensorsBut(primal: Tensor | number, value: unknown): readonly Tensor[] {
  const tensors = new Set<Tensor>();
  visitTensors(value, (tensor) => tensors.add(tensor));
  if (typeof primal !== "number") tensors.delete(primal);
  return [...tensors].filter((tensor) => tensor.level !== null);
}
