import { formatType, sameShape } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { isOutermost, runSession, runTraced } from "../trace/run-session.js";
import { Session } from "../trace/session.js";
import type { TraceTree } from "../trace/trace-tree.js";
import { usedOutsideItsLevel } from "../trace/step-type.js";
import { userError } from "../trace/user-error.js";
import { flatten } from "../tree/tree.js";
import { inputNames, parameterNames } from "./argument-names.js";
import { type EndedBlock, pullBlock } from "./block.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import { currentSession, type GradientOf, type Likewise } from "./grad.js";
import type { AnyFunction } from "./jit.js";
import { linearize } from "./jvp.js";
import { recordAgain } from "./record-again.js";
import { sharedTree } from "./shared-trees.js";

/** Gives one gradient for each primal, from a tree like `out`; numbers in it stand for tensors full of them. */
export type Pullback<F extends AnyFunction> = (cotangent: Awaited<ReturnType<F>>) => {
  -readonly [K in keyof Parameters<F>]: GradientOf<Parameters<F>[K]>;
};

/**
 * `f` at the primals, and the function that pulls cotangents of its result back to them: `[out, pullback]`. `out`
 * may be any tree. The pullback can be called any number of times, also after the call has ended.
 *
 * @throws W1007, W1008, W1009 as `grad`; the pullback W1010 for a cotangent that is not like `out`.
 */
export function vjp<F extends AnyFunction>(
  f: F,
  ...primals: Parameters<F>
): Likewise<F, [Awaited<ReturnType<F>>, Pullback<F>]> {
  const tree = (): TraceTree => sharedTree(f, "vjp", `vjp(${f.name || "anonymous"})`, parameterNames(f));
  const made = runTraced(tree, primals, () => runVjp(f, primals), {
    nameInputs: (inputs) => inputNames(inputs, primals, parameterNames(f)),
  });
  return made as never; // A promise where f gives one.
}

function runVjp(f: AnyFunction, primals: readonly unknown[]): unknown {
  const tree = new DifferentiatedTree(primals, [...primals.keys()], parameterNames(f));
  return linearize(f, tree, ({ value, results, ended }) => {
    const types = results.map((tensor) => tensor.type);
    const pullback = (cotangent: unknown): unknown[] => {
      const cotangents = matchCotangents(flatten(value).leaves, flatten(cotangent).leaves);
      cotangents.forEach((given, k) => checkShape(given, types[k]!.shape, k));
      return tree.gradientsWith(pull(ended, cotangents));
    };
    return [value, pullback];
  });
}

/**
 * Inside the call that made it a pullback is part of the trace; in another the function is recorded once more; outside
 * of all it is a call of its own.
 */
function pull(ended: EndedBlock, cotangents: readonly (Tensor | number)[]): readonly Tensor[] {
  const { session, end } = ended;
  const seeded = [...cotangents.keys()];
  if (!isOutermost()) {
    const here = currentSession();
    return pullBlock(here === session ? ended : inSession(here, ended), cotangents, seeded);
  }
  if (session.isOpen) return session.call!.runInside(() => pull(ended, cotangents));
  const later = new Session(session.tree, { session, node: end, isReopened: true });
  return runSession(later, () => pullBlock(ended, cotangents, seeded, later), { nameInputs: () => [] });
}

function inSession(session: Session, ended: EndedBlock): EndedBlock {
  // Of an outer function that has returned, or is another call's, the pullback can have no meaning.
  if (ended.end.level) throw usedOutsideItsLevel("pullback");
  return recordAgain(ended, session);
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
