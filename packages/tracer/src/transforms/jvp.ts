import { formatType, isFloat, sameShape } from "@weftjs/ir";
import { zerosLike } from "../functions/creation.js";
import { Tensor } from "../tensor.js";
import { runTraced } from "../trace/run-session.js";
import type { TraceTree } from "../trace/trace-tree.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { inputNames, parameterNames } from "./argument-names.js";
import { type EndedBlock, pushBlock, runBlock } from "./block.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import { currentSession, type Likewise } from "./grad.js";
import type { AnyFunction } from "./jit.js";
import { sharedTree } from "./shared-trees.js";

/** A tangent for each primal: a tree like it, a number for tensors full of it, null for no change. */
export type Tangents<F extends AnyFunction> = { readonly [K in keyof Parameters<F>]: unknown };

/**
 * `f` at the primals, and how its result changes with them: `[out, tangentOut]`, where `tangentOut` is the derivative
 * of `f` along `tangents`, a tree like `out`. One forward pass, at about twice the cost of `f`. What is no float in
 * `out` does not change: its tangent is 0. Nests freely with itself, `grad`, `vmap` and `jit`.
 *
 * @throws W1007, W1008, W1009 as `grad`; W1023 tangents that are not like the primals.
 */
export function jvp<F extends AnyFunction>(
  f: F,
  primals: Readonly<Parameters<F>>,
  tangents: Tangents<F>,
): Likewise<F, [Awaited<ReturnType<F>>, Awaited<ReturnType<F>>]> {
  const tree = (): TraceTree => sharedTree(f, "jvp", `jvp(${f.name || "anonymous"})`, parameterNames(f));
  const made = runTraced(
    tree,
    [primals, tangents],
    () => runJvp(f, primals, tangents as readonly unknown[]),
    {
      nameInputs: (inputs) => inputNames(inputs, primals, parameterNames(f)),
    },
  );
  return made as never; // A promise where f gives one.
}

function runJvp(f: AnyFunction, primals: readonly unknown[], tangents: readonly unknown[]): unknown {
  const tree = new DifferentiatedTree(primals, [...primals.keys()], parameterNames(f));
  const given = matchTangents(primals, tangents);
  return linearize(f, tree, ({ value, results, ended }) => {
    const wrt = [...given.keys()].filter((k) => given[k] !== null);
    const along = wrt.map((k) => given[k]!);
    const moved = pushTangents(ended, along, wrt, results);
    const { leaves, structure } = flatten(value);
    let next = 0;
    const tangent = leaves.map((leaf) => (leaf instanceof Tensor ? moved[next++] : leaf));
    return [value, unflatten(structure, tangent)];
  });
}

/** A function that has run as a block of its own, with the tensors of its result. */
export interface Linearized {
  readonly value: unknown;
  readonly results: readonly Tensor[];
  readonly ended: EndedBlock;
}

/** Runs `f` as a block, and right after it what is made of that. A promise where `f` gives one. */
export function linearize<R>(
  f: AnyFunction,
  tree: DifferentiatedTree,
  next: (linearized: Linearized) => R,
): R | Promise<R> {
  return runBlock(currentSession(), tree.leaves, {
    run: (tracers) => (f as (...args: unknown[]) => unknown)(...tree.argumentsWith(tracers)),
    results: (value) => {
      const results = flatten(value).leaves.filter((leaf) => leaf instanceof Tensor);
      return { value: { value, results }, primals: results, along: [] };
    },
    next: (made, ended) => next({ ...made, ended }),
  });
}

/** A tangent for each tensor of the result. */
export function pushTangents(
  ended: EndedBlock,
  tangents: readonly (Tensor | number)[],
  wrt: readonly number[],
  results: readonly Tensor[],
): readonly Tensor[] {
  const of = [...results.keys()].filter((k) => isFloat(results[k]!.dtype));
  const made = pushBlock(ended, tangents, wrt, of);
  return results.map((result, k) => (of.includes(k) ? made[of.indexOf(k)]! : zerosLike(result)));
}

/** One for each differentiated leaf, in order. @throws W1023 */
function matchTangents(
  primals: readonly unknown[],
  tangents: readonly unknown[],
): readonly (Tensor | number | null)[] {
  if (tangents.length !== primals.length) {
    throw userError({
      code: "W1023",
      message: `jvp needs a tangent for each of ${primals.length} primals, got ${tangents.length}`,
      hint: "null stands for a primal that does not change",
    });
  }
  return primals.flatMap((primal, k) => {
    const places = flatten(primal).leaves;
    const given = tangents[k] === null ? places.map(() => null) : flatten(tangents[k]).leaves;
    return places.flatMap((place, i): (Tensor | number | null)[] => {
      if (!(place instanceof Tensor || typeof place === "number")) return [];
      const tangent = given.length === places.length ? given[i] : undefined;
      if (tangent === null || typeof tangent === "number") return [tangent];
      const shape = place instanceof Tensor ? place.shape : [];
      if (tangent instanceof Tensor && sameShape(tangent.shape, shape)) return [tangent];
      throw unlikePrimal(k, place, tangent);
    });
  });
}

function unlikePrimal(position: number, primal: Tensor | number, tangent: unknown): Error {
  const [wanted, got] = [primal, tangent].map((x) => (x instanceof Tensor ? formatType(x.type) : typeof x));
  return userError({
    code: "W1023",
    message: `tangent ${position} does not have the structure of its primal: ${wanted} against ${got}`,
    hint: "a tangent is a tree like its primal; a number stands for all elements, null for no change",
  });
}
