import { type DType, elementCount, formatType, isFloat, type Shape } from "@weftjs/ir";
import { eye } from "../functions/creation.js";
import { moveaxis, reshape } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { parameterNames } from "./argument-names.js";
import { runBatch } from "./batch-block.js";
import { pullBlock } from "./block.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import { currentSession, type GradientOf, type Likewise } from "./grad.js";
import { linearize, pushTangents } from "./jvp.js";
import type { AnyFunction } from "./jit.js";
import { transformed } from "./transformed.js";

/**
 * For a function of one tensor that gives one tensor, one tensor; otherwise a tree like the result, each of its
 * leaves a tree like the argument.
 */
export type JacobianOf<F extends AnyFunction> = Likewise<
  F,
  Awaited<ReturnType<F>> extends Tensor ? GradientOf<Parameters<F>[0]> : unknown
>;

/**
 * All derivatives of `f` for its first argument, one forward pass for each element of the argument, all at once: right
 * where the argument is smaller than the result. For each tensor of the result and each of the argument a tensor of
 * shape `[...result, ...argument]`.
 *
 * @throws W1007, W1008, W1009 as `grad`; W1024 a result that is no float.
 */
export function jacfwd<F extends AnyFunction>(f: F): (...args: Parameters<F>) => JacobianOf<F> {
  return transformed(f, "jacfwd", (args) => forwards(f, args)) as never;
}

/**
 * All derivatives of `f` for its first argument, one backward pass for each element of the result, all at once: right
 * where the result is smaller than the argument. Otherwise like `jacfwd`.
 *
 * @throws as `jacfwd`.
 */
export function jacrev<F extends AnyFunction>(f: F): (...args: Parameters<F>) => JacobianOf<F> {
  return transformed(f, "jacrev", (args) => backwards(f, args)) as never;
}

/**
 * The second derivatives of `f` for its first argument, in all pairs: for a scalar function of a tensor x a tensor of
 * shape `[...x, ...x]`. `jacfwd(jacrev(f))`: a backward pass, and a forward pass over it for each element.
 *
 * @throws as `jacfwd`.
 */
export function hessian<F extends AnyFunction>(f: F): (...args: Parameters<F>) => JacobianOf<F> {
  const gradient = jacrev(f) as AnyFunction;
  Object.defineProperty(gradient, "name", { value: f.name });
  return transformed(f, "hessian", (args) => forwards(gradient, args, parameterNames(f))) as never;
}

function forwards(f: AnyFunction, args: readonly unknown[], names = parameterNames(f)): unknown {
  const tree = new DifferentiatedTree(args, [0], names);
  return linearize(f, tree, ({ value, results, ended }) => {
    results.forEach(checkFloat);
    // By argument leaf, then by result.
    const parts = tree.leaves.map(({ operand }, k) => {
      const shape = typeof operand === "number" ? [] : operand.shape;
      if (shape.length === 0) return pushTangents(ended, [1], [k], results);
      const columns = allAtOnce(shape, dtypeOf(operand), (tangent) =>
        pushTangents(ended, [tangent], [k], results),
      );
      return columns.map((stacked) => {
        const last = moveaxis(stacked, 0, stacked.ndim - 1);
        return reshape(last, [...stacked.shape.slice(1), ...shape]);
      });
    });
    return jacobianTree(value, (j) => tree.gradientsWith(parts.map((part) => part[j]!))[0]);
  });
}

function backwards(f: AnyFunction, args: readonly unknown[]): unknown {
  const tree = new DifferentiatedTree(args, [0], parameterNames(f));
  return linearize(f, tree, ({ value, results, ended }) => {
    results.forEach(checkFloat);
    return jacobianTree(value, (j) => {
      const { shape, dtype } = results[j]!;
      if (shape.length === 0) return tree.gradientsWith(pullBlock(ended, [1], [j]))[0];
      const rows = allAtOnce(shape, dtype, (cotangent) => pullBlock(ended, [cotangent], [j]));
      const whole = rows.map((stacked) => reshape(stacked, [...shape, ...stacked.shape.slice(1)]));
      return tree.gradientsWith(whole)[0];
    });
  });
}

/** What `derive` gives for each tensor of this shape that has a single 1 and else zeros, stacked along a first axis. */
function allAtOnce(
  shape: Shape,
  dtype: DType,
  derive: (direction: Tensor) => readonly Tensor[],
): readonly Tensor[] {
  const size = elementCount(shape);
  const directions = reshape(eye(size, { dtype }), [size, ...shape]);
  const made = runBatch(currentSession(), [directions], size, {
    run: ([direction]) => derive(direction!),
    results: (results) => ({ value: undefined, results }),
    next: (_, collected) => collected.map(({ tensor }) => tensor),
  });
  return made as readonly Tensor[]; // No promise, as `derive` gives none.
}

/** The tree of the result with what belongs to its tensors, by position, in their place. */
function jacobianTree(value: unknown, at: (position: number) => unknown): unknown {
  const { leaves, structure } = flatten(value);
  let next = 0;
  return unflatten(
    structure,
    leaves.map((leaf) => (leaf instanceof Tensor ? at(next++) : leaf)),
  );
}

function dtypeOf(operand: Tensor | number): DType {
  return typeof operand === "number" ? "float32" : operand.dtype;
}

function checkFloat(result: Tensor): void {
  if (isFloat(result.dtype)) return;
  throw userError({
    code: "W1024",
    message: `a Jacobian exists of floats, the result is ${formatType(result.type)}`,
    hint: 'convert it with astype(x, "float32"), or leave it out of the result',
  });
}
