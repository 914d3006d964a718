import { notEqual } from "../functions/compare.js";
import { Tensor } from "../tensor.js";
import { runTraced } from "../trace/run-session.js";
import { inputNames } from "../transforms/argument-names.js";
import { currentSession } from "../transforms/grad.js";
import { sharedTree } from "../transforms/shared-trees.js";
import { chooseBranch } from "./branch-block.js";
import { noCondition } from "./control-errors.js";

/**
 * What `onTrue` gives where `condition`, a scalar, is not 0, else what `onFalse` gives: chosen on the device, without
 * a read. Both functions run once while the call is traced; they take the operands, use whatever is around them, and
 * give trees of one structure with the same shapes and dtypes at the same places; numbers adopt the type of what
 * they stand for. The device computes both and takes one; loops without known count in the other never start. The
 * derivative is that of the function that is taken: infinities of the other do not get through. A
 * condition that JavaScript knows, a boolean or a number, chooses at once. Under `vmap` with a condition that
 * differs, both are computed and chosen between element by element.
 *
 * @throws W1060 results of different structure; W1061 of different types; W1062 something else than tensors and numbers
 * that differs; W1064 a condition with axes; W1005 a function that gives a promise.
 */
export function cond<R, A extends readonly unknown[]>(
  condition: Tensor | number | boolean,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  if (!(condition instanceof Tensor)) return (condition ? onTrue : onFalse)(...operands);
  const args = [condition, ...operands];
  const body = (): R =>
    chooseBranch(
      currentSession(),
      flagOf(condition, "a condition"),
      () => onTrue(...operands),
      () => onFalse(...operands),
    ) as R; // The branches' own structure.
  return runTraced(sharedTree(onTrue, "cond", "cond", []), args, body, {
    nameInputs: (inputs) => inputNames(inputs, args, ["condition"]),
  });
}

/** A condition as one bool. @throws W1064 */
export function flagOf(condition: unknown, what: string): Tensor {
  if (!(condition instanceof Tensor) || condition.ndim > 0) throw noCondition(condition, what);
  return condition.dtype === "bool" ? condition : notEqual(condition, 0);
}
