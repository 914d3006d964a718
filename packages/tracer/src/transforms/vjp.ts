import { currentRecorder, formatType, sameShape } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { isOutermost, runSession } from "../trace/run-session.js";
import { Session } from "../trace/session.js";
import { userError } from "../trace/user-error.js";
import { flatten } from "../tree/tree.js";
import { inputNames, parameterNames } from "./argument-names.js";
import { type EndedBlock, pullBlock, runBlock } from "./block.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import { currentSession, type GradientOf } from "./grad.js";
import type { AnyFunction } from "./jit.js";
import { sharedTree } from "./shared-trees.js";

/** Gives one gradient for each primal, from a tree like `out`; numbers in it stand for tensors full of them. */
export type Pullback<F extends AnyFunction> = (cotangent: ReturnType<F>) => {
  -readonly [K in keyof Parameters<F>]: GradientOf<Parameters<F>[K]>;
};

/**
 * `f` at the primals, and the function that pulls cotangents of its result back to them: `[out, pullback]`. `out`
 * may be any tree. The pullback can be called any number of times, also after the call has ended.
 *
 * @throws W1007, W1008, W1009 as `grad`; the pullback W1010 for a cotangent that is not like `out`.
 */
export function vjp<F extends AnyFunction>(f: F, ...primals: Parameters<F>): [ReturnType<F>, Pullback<F>] {
  const run = (): [ReturnType<F>, Pullback<F>] => runVjp(f, primals);
  if (!isOutermost()) return run();
  const name = `vjp(${f.name || "anonymous"})`;
  const tree = sharedTree(f, "vjp", name, parameterNames(f));
  return runSession(tree, run, (inputs) => inputNames(inputs, primals, tree.parameters));
}

function runVjp<F extends AnyFunction>(f: F, primals: Parameters<F>): [ReturnType<F>, Pullback<F>] {
  const argnums = [...primals.keys()];
  const tree = new DifferentiatedTree(primals, argnums, parameterNames(f));
  let results: readonly Tensor[] = [];
  const { result, ended } = runBlock(currentSession(), tree.leaves, (tracers) => {
    const value = (f as AnyFunction as (...args: unknown[]) => unknown)(
      ...tree.argumentsWith(tracers),
    ) as ReturnType<F>;
    results = flatten(value).leaves.filter((leaf) => leaf instanceof Tensor);
    return { value, primals: results, along: [] };
  });
  const types = results.map((tensor) => tensor.type);
  const pullback = (cotangent: ReturnType<F>): unknown[] => {
    const cotangents = matchCotangents(flatten(result).leaves, flatten(cotangent).leaves);
    cotangents.forEach((given, k) => checkShape(given, types[k]!.shape, k));
    return tree.gradientsWith(pull(ended, cotangents));
  };
  return [result, pullback as Pullback<F>];
}

/** Inside the call that made it a pullback is part of the trace; later it is a call of its own. */
function pull(ended: EndedBlock, cotangents: readonly (Tensor | number)[]): readonly Tensor[] {
  const seeded = [...cotangents.keys()];
  if (currentRecorder() === ended.session) return pullBlock(ended, cotangents, seeded);
  if (!isOutermost()) {
    throw userError({
      code: "W1012",
      message: "a pullback of an earlier call was used inside another traced function",
      hint: "call vjp inside that function",
    });
  }
  const { session } = ended;
  const later = new Session(session.tree, { session, node: ended.end });
  return runSession(
    session.tree,
    () => pullBlock(ended, cotangents, seeded, later),
    () => [],
    later,
  );
}

function matchCotangents(results: readonly unknown[], given: readonly unknown[]): (Tensor | number)[] {
  const cotangents: (Tensor | number)[] = [];
  results.forEach((result, k) => {
    if (!(result instanceof Tensor)) return;
    const cotangent = given[k];
    if (given.length !== results.length || !(cotangent instanceof Tensor || typeof cotangent === "number")) {
      throw userError({
        code: "W1010",
        message: `a cotangent must have the structure of the result: ${results.length} leaves, got ${given.length}`,
        hint: "pass a tensor (or a number, for all elements) for each tensor of the result",
      });
    }
    cotangents.push(cotangent);
  });
  return cotangents;
}

function checkShape(cotangent: Tensor | number, shape: readonly number[], position: number): void {
  if (typeof cotangent === "number" || sameShape(cotangent.shape, shape)) return;
  throw userError({
    code: "W1010",
    message: `cotangent ${position} must have shape [${shape.join(",")}], got ${formatType(cotangent.type)}`,
  });
}
