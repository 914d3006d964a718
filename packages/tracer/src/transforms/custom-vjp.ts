import { currentRecorder, formatType, isFloat, sameShape } from "@weftjs/ir";
import { astype } from "../functions/convert.js";
import { full } from "../functions/creation.js";
import { Tensor } from "../tensor.js";
import { isPromise } from "../trace/is-promise.js";
import { callOf } from "../trace/run-session.js";
import { Session } from "../trace/session.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { customBlock, runBlock } from "./block.js";
import type { Likewise } from "./grad.js";
import type { AnyFunction } from "./jit.js";
import { mustNotWait } from "./must-not-wait.js";

/**
 * `f` with a gradient of your own. `forward` takes what `f` takes and gives `[out, residuals]`, where `out` is what `f`
 * would give and the residuals, any tree, are kept for `backward(residuals, cotangent)`, which gives a list with one
 * gradient for each argument: a tree like it, null where there is none.
 *
 * `forward` runs where an argument is being differentiated or batched, `f` everywhere else. Only the arguments have
 * gradients: what the functions use besides them counts as constant. `jvp` follows from `backward`, which should be
 * linear in the cotangent; where it is not (a clipped gradient), forward mode sees its slope at 0. Gradients of the
 * gradient are those of what `backward` computes.
 *
 * @throws W1025 gradients that are not like the arguments; W1005 `backward` is async.
 */
export function customVjp<F extends AnyFunction, R>(
  f: F,
  forward: (...args: Parameters<F>) => Likewise<F, readonly [out: Awaited<ReturnType<F>>, residuals: R]>,
  backward: (residuals: R, cotangent: Awaited<ReturnType<F>>) => readonly unknown[],
): F {
  const call = (...args: Parameters<F>): unknown => {
    const isInvolved = flatten(args).leaves.some((leaf) => leaf instanceof Tensor && leaf.level !== null);
    if (!isInvolved) return f(...args);
    const withRule = (session: Session): unknown => {
      const rule = (residuals: R, cotangent: unknown): readonly unknown[] =>
        backward(residuals, cotangent as Awaited<ReturnType<F>>);
      const finish = ([out, residuals]: readonly [unknown, R]): unknown =>
        withGradient(session, out, args, (cotangent) => rule(residuals, cotangent));
      const made = forward(...args) as readonly [unknown, R] | PromiseLike<readonly [unknown, R]>;
      return isPromise(made) ? session.call!.follow(made, finish, () => undefined) : finish(made);
    };
    const recorder = currentRecorder();
    if (recorder instanceof Session) return withRule(recorder);
    const waiting = callOf(args);
    return waiting ? waiting.runInside(() => withRule(waiting.session)) : f(...args);
  };
  Object.defineProperty(call, "name", { value: f.name });
  Object.defineProperty(call, "length", { value: f.length });
  return call as unknown as F; // Takes and gives what f does.
}

function withGradient(
  session: Session,
  out: unknown,
  args: readonly unknown[],
  backward: (cotangent: unknown) => readonly unknown[],
): unknown {
  const { leaves, structure } = flatten(out);
  const values = leaves.filter(isFloatTensor);
  const like = (tensors: readonly Tensor[]): unknown => {
    let next = 0;
    const filled = leaves.map((leaf) => (isFloatTensor(leaf) ? tensors[next++] : leaf));
    return unflatten(structure, filled);
  };
  // The values stand in for their cotangents, whose types they have.
  const standIns = values.map((operand) => ({ operand, path: "the result of customVjp" }));
  const run = (tracers: readonly Tensor[]): [Tensor, Tensor][] =>
    matchGradients(args, backward(like(tracers)));
  return runBlock(
    session,
    standIns,
    {
      run,
      results: (pairs: [Tensor, Tensor][]) => ({
        value: pairs.map(([argument]) => argument),
        primals: pairs.map(([, gradient]) => gradient),
        along: [],
      }),
      next: (differentiated, ended) => like(customBlock(ended, values, differentiated)),
    },
    true,
  );
}

/** The tensors among the arguments that have a gradient, with it. @throws W1005, W1025 */
function matchGradients(args: readonly unknown[], gradients: unknown): [Tensor, Tensor][] {
  if (isPromise(gradients)) throw mustNotWait("backward of customVjp", gradients);
  if (!Array.isArray(gradients) || gradients.length !== args.length) {
    throw userError({
      code: "W1025",
      message: `backward must give a list of ${args.length} gradients, one for each argument`,
      hint: "null stands for an argument without a gradient",
    });
  }
  return args.flatMap((arg, k) => {
    const gradient: unknown = gradients[k];
    if (gradient === null || gradient === undefined) return [];
    const places = flatten(arg).leaves;
    const given = flatten(gradient).leaves;
    return places.flatMap((place, i): [Tensor, Tensor][] => {
      if (!isFloatTensor(place)) return [];
      const one = given.length === places.length ? given[i] : undefined;
      if (one === null) return [];
      return [[place, gradientLike(place, one, k)]];
    });
  });
}

function gradientLike(argument: Tensor, gradient: unknown, position: number): Tensor {
  const { dtype, shape } = argument;
  if (typeof gradient === "number") return full(shape, gradient, { dtype });
  if (gradient instanceof Tensor && sameShape(gradient.shape, shape)) {
    return gradient.dtype === dtype ? gradient : astype(gradient, dtype);
  }
  const got = gradient instanceof Tensor ? formatType(gradient.type) : typeof gradient;
  throw userError({
    code: "W1025",
    message: `backward must give argument ${position} a gradient like ${formatType(argument.type)}, got ${got}`,
    hint: "sum over what was broadcast",
  });
}

function isFloatTensor(leaf: unknown): leaf is Tensor {
  return leaf instanceof Tensor && isFloat(leaf.dtype);
}
