import { currentRecorder, formatType, isFloat, sameShape } from "@weftjs/ir";
import { astype } from "../functions/convert.js";
import { full } from "../functions/creation.js";
import { Tensor } from "../tensor.js";
import { Session } from "../trace/session.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { customBlock, runBlock } from "./block.js";
import type { AnyFunction } from "./jit.js";

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
 * @throws W1025 gradients that are not like the arguments.
 */
export function customVjp<F extends AnyFunction, R>(
  f: F,
  forward: (...args: Parameters<F>) => readonly [out: ReturnType<F>, residuals: R],
  backward: (residuals: R, cotangent: ReturnType<F>) => readonly unknown[],
): F {
  const call = (...args: Parameters<F>): unknown => {
    const recorder = currentRecorder();
    const isInvolved = flatten(args).leaves.some((leaf) => leaf instanceof Tensor && leaf.level !== null);
    if (!(recorder instanceof Session) || !isInvolved) return f(...args);
    const [out, residuals] = forward(...args);
    return withGradient(recorder, out, args, (cotangent) => backward(residuals, cotangent as ReturnType<F>));
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
  let differentiated: readonly Tensor[] = [];
  // The values stand in for their cotangents, whose types they have.
  const standIns = values.map((operand) => ({ operand, path: "the result of customVjp" }));
  const { ended } = runBlock(session, standIns, (tracers) => {
    let next = 0;
    const cotangent = unflatten(
      structure,
      leaves.map((leaf) => (isFloatTensor(leaf) ? tracers[next++] : leaf)),
    );
    const pairs = matchGradients(args, backward(cotangent));
    differentiated = pairs.map(([argument]) => argument);
    return { value: undefined, primals: pairs.map(([, gradient]) => gradient), along: [] };
  });
  const made = customBlock(ended, values, differentiated);
  let next = 0;
  return unflatten(
    structure,
    leaves.map((leaf) => (isFloatTensor(leaf) ? made[next++] : leaf)),
  );
}

/** The tensors among the arguments that have a gradient, with it. @throws W1025 */
function matchGradients(args: readonly unknown[], gradients: unknown): [Tensor, Tensor][] {
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
