import { formatType } from "@weftjs/ir";
import { broadcastTo, moveaxis } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { parameterNames } from "./argument-names.js";
import { type AxisTree, leafAxes, unfitAxes } from "./axis-tree.js";
import { type Collected, runBatch } from "./batch-block.js";
import { currentSession } from "./grad.js";
import type { AnyFunction } from "./jit.js";
import { transformed } from "./transformed.js";

/** Along which axes the calls of `vmap` differ. */
export interface VmapOptions {
  /**
   * The axis of each argument along which the calls differ, null for an argument that is the same for all: one for
   * all arguments, or a list with one for each, which may itself be a tree of axes. 0 by default.
   */
  readonly inAxes?: number | null | readonly AxisTree[];
  /** Where the axis of the calls stands in the result; a tree of axes for a tree. 0 by default. */
  readonly outAxes?: AxisTree;
}

/**
 * `f` for many arguments at once: what a loop over the elements of the arguments along an axis would give, stacked,
 * computed as one. `f` runs once, on tensors without that axis; the ops are made for all calls together. What
 * depends on no mapped argument is computed once. Numbers, booleans and strings are the same for all calls and keep
 * their JavaScript meaning, in arguments and in results. Nests freely with itself and all other transformations.
 *
 * @throws W1020 axes that the arguments or the result do not have; W1021 sizes that differ, or no tensor to map over;
 * W1022 null in `outAxes` for a result that differs between the calls; W1040, in the promise of a read, for content that
 * does.
 */
export function vmap<F extends AnyFunction>(f: F, { inAxes = 0, outAxes = 0 }: VmapOptions = {}): F {
  const kind = `vmap ${JSON.stringify([inAxes, outAxes])}`;
  return transformed(f, kind, (args) => runVmap(f, args, inAxes, outAxes)) as unknown as F; // Takes and gives what f does.
}

/** A mapped tensor among the leaves of the arguments, its axis brought to the front. */
interface Mapped {
  readonly position: number;
  readonly tensor: Tensor;
}

function runVmap(
  f: AnyFunction,
  args: readonly unknown[],
  inAxes: number | null | readonly AxisTree[],
  outAxes: AxisTree,
): unknown {
  const { leaves, structure } = flatten(args);
  const names = parameterNames(f);
  const mapped = mappedLeaves(args, inAxes, names);
  const size = commonSize(mapped, args, names);
  const operands = mapped.map(({ tensor }) => tensor);
  return runBatch(currentSession(), operands, size, {
    run: (elements) => {
      const inside = [...leaves];
      mapped.forEach(({ position }, k) => (inside[position] = elements[k]));
      return (f as (...args: unknown[]) => unknown)(...(unflatten(structure, inside) as unknown[]));
    },
    results: (value) => ({ value, results: flatten(value).leaves.filter((leaf) => leaf instanceof Tensor) }),
    next: (value, collected) => stackedResult(value, collected, size, outAxes),
  });
}

/** The function's result with the axis of the calls in its tensors. @throws W1020, W1022 */
function stackedResult(
  value: unknown,
  collected: readonly Collected[],
  size: number,
  outAxes: AxisTree,
): unknown {
  const axes = leafAxes(value, outAxes, "the result");
  const result = flatten(value);
  let next = 0;
  const outside = result.leaves.map((leaf, k) =>
    leaf instanceof Tensor ? placed(collected[next++]!, size, axes[k]!) : leaf,
  );
  return unflatten(result.structure, outside);
}

/** @throws W1020 */
function mappedLeaves(
  args: readonly unknown[],
  inAxes: number | null | readonly AxisTree[],
  names: readonly string[],
): readonly Mapped[] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw unfitAxes(
      `inAxes has ${inAxes.length} entries for ${args.length} arguments`,
      "give one axis for each argument, null for one that is the same for all",
    );
  }
  const mapped: Mapped[] = [];
  let position = 0;
  args.forEach((arg, k) => {
    const name = names[k] || `argument ${k}`;
    const axes = leafAxes(
      arg,
      Array.isArray(inAxes) ? (inAxes[k] as AxisTree) : (inAxes as number | null),
      name,
    );
    flatten(arg).leaves.forEach((leaf, i) => {
      const axis = axes[i]!;
      if (leaf instanceof Tensor && axis !== null) {
        mapped.push({ position, tensor: toFront(leaf, axis, name) });
      }
      position++;
    });
  });
  return mapped;
}

function toFront(x: Tensor, axis: number, name: string): Tensor {
  const from = axis < 0 ? axis + x.ndim : axis;
  if (Number.isInteger(from) && from >= 0 && from < x.ndim) return from === 0 ? x : moveaxis(x, from, 0);
  throw unfitAxes(
    `vmap over axis ${axis} of ${name}, which is ${formatType(x.type)}`,
    "inAxes: null for an argument that is the same for all calls",
  );
}

/** @throws W1021 */
function commonSize(mapped: readonly Mapped[], args: readonly unknown[], names: readonly string[]): number {
  const sizes = new Set(mapped.map(({ tensor }) => tensor.shape[0]!));
  if (sizes.size === 1) return [...sizes][0]!;
  const notes = args.flatMap((arg, k) => {
    const types = flatten(arg).leaves.filter((leaf) => leaf instanceof Tensor);
    return types.length > 0
      ? [`${names[k] || `argument ${k}`}: ${types.map(({ type }) => formatType(type)).join(", ")}`]
      : [];
  });
  throw userError({
    code: "W1021",
    message:
      sizes.size === 0
        ? "vmap has nothing to map over: no argument holds a tensor with an axis for it"
        : `vmap needs one size along the mapped axes, got ${[...sizes].join(", ")}`,
    notes,
    hint: sizes.size === 0 ? "check inAxes" : "inAxes says which axis of which argument is mapped",
  });
}

function placed({ tensor, isStacked }: Collected, size: number, axis: number | null): Tensor {
  if (axis === null) {
    if (!isStacked) return tensor;
    throw userError({
      code: "W1022",
      message: "outAxes is null for a result that differs between the calls",
      notes: [`all calls together gave ${formatType(tensor.type)}`],
      hint: "give the axis at which the calls are to stand",
    });
  }
  const stacked = isStacked ? tensor : broadcastTo(tensor, [size, ...tensor.shape]);
  const to = axis < 0 ? axis + stacked.ndim : axis;
  if (Number.isInteger(to) && to >= 0 && to < stacked.ndim)
    return to === 0 ? stacked : moveaxis(stacked, 0, to);
  throw unfitAxes(
    `outAxes puts the calls at axis ${axis} of a result of ${stacked.ndim} axes`,
    `axes go from 0 to ${stacked.ndim - 1}`,
  );
}
