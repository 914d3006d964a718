import type { Attrs } from "../attrs.js";
import { Value, type Node } from "../graph.js";
import { evaluateNode } from "../interpreter/evaluate-node.js";
import { hostTensor } from "../interpreter/host-tensor.js";
import { roundToStorage } from "../interpreter/precision.js";
import { numberScalars } from "../interpreter/number-scalars.js";
import type { MovementOp, Op, ReduceOp } from "../op.js";
import { concat, flip, slice, transpose } from "../ops/movement.js";
import { iota } from "../ops/source.js";
import { broadcastTo, reshape } from "../ops/stretch.js";
import { elementCount, type DType, type TensorType } from "../types.js";
import { constantLike, constantOf } from "./constants.js";
import { definePass, type Pass } from "./pass.js";

/** Reductions of more equal elements than this are folded only where a closed form is exact. */
const MOST_ELEMENTS = 4096;

/** Every output element comes from an operand, so that the fill value never shows. */
const NEVER_FILL: ReadonlySet<Op> = new Set<Op>([reshape, broadcastTo, transpose, flip, slice, concat]);

/**
 * Computes at compile time what depends on constants alone. All constants have one value everywhere, so one
 * element says it all. What has no elements, and reductions of what has none, become constants as well.
 *
 * Values come from the reference interpreter, rounded to their dtype at each step as if they had been stored: in
 * float64 arithmetic that never rounds, a folded float32 differs in its last place. O(nodes).
 */
export const fold: Pass = definePass({
  name: "fold",
  rewrite(node, edit) {
    if (node.op.kind === "region" || node.op.kind === "loop" || node.outputs.length !== 1) return;
    const { type } = node.outputs[0]!;
    const value = elementCount(type.shape) === 0 ? foldEmpty(node) : foldValue(node, type);
    if (value !== undefined) edit.replace(node, () => constantLike(type, value));
  },
});

function foldEmpty(node: Node): number | undefined {
  return node.op.kind === "source" ? undefined : 0;
}

/** The one value of all elements of the node's output, if it has one and that can be told. */
function foldValue(node: Node, type: TensorType): number | undefined {
  const { op, attrs } = node;
  if (op.kind === "source") {
    return op === iota && type.shape[attrs.axis as number] === 1 ? 0 : undefined;
  }
  // What has elements, though its operand has none, is all identity.
  if (op.kind === "reduce" && node.inputs[0]!.size === 0) return op.identity(type.dtype);
  const values = node.inputs.map(storedConstant);
  if (values.length === 0 || !values.every((value) => value !== undefined)) return undefined;
  switch (op.kind) {
    case "pointwise":
      return evaluateScalar(node, values);
    case "movement":
      return foldMovement(op, attrs, values);
    case "reduce": {
      const input = node.inputs[0]!;
      return foldReduce(op, values[0]!, input.dtype, input.size / node.outputs[0]!.size);
    }
    case "kernel":
    case "region":
    case "loop":
      return undefined;
    default:
      return op satisfies never;
  }
}

/** A constant's value as its dtype holds it. */
function storedConstant(value: Value): number | undefined {
  const number = constantOf(value);
  if (number === undefined) return undefined;
  const data = Float64Array.of(numberScalars(value.dtype).literal(number, value.dtype));
  roundToStorage(data, value.dtype);
  return data[0]!;
}

function evaluateScalar(node: Node, values: readonly number[]): number {
  const types = node.inputs.map(({ dtype }) => ({ dtype, shape: [] }));
  const scalar: Node = {
    ...node,
    inputs: types.map((type) => new Value(type, 0)),
    outputs: [new Value({ dtype: node.outputs[0]!.dtype, shape: [] }, 0)],
  };
  const tensors = types.map((type, k) => hostTensor(type, [values[k]!]));
  return evaluateNode(scalar, tensors, "storage")[0]!.data[0]!;
}

function foldMovement(op: MovementOp, attrs: Attrs, values: readonly number[]): number | undefined {
  // Starts of windows are operands too, and not among what is moved.
  const moved = op === concat ? values : values.slice(0, 1);
  const value = moved[0]!;
  const isUniform = moved.every((other) => Object.is(other, value));
  return isUniform && (NEVER_FILL.has(op) || Object.is(op.fill(attrs), value)) ? value : undefined;
}

/** `count` equal elements combined; at least one. */
function foldReduce(op: ReduceOp, value: number, dtype: DType, count: number): number | undefined {
  const scalars = numberScalars(dtype);
  let result = op.combine(op.identity(dtype), value, scalars);
  if (count <= MOST_ELEMENTS) {
    for (let k = 1; k < count; k++) result = op.combine(result, value, scalars);
  } else if (!Object.is(op.combine(result, value, scalars), result)) {
    const sum = exactSum(op, value, dtype, count);
    if (sum === undefined) return undefined;
    result = sum;
  }
  const data = Float64Array.of(result);
  roundToStorage(data, dtype);
  return data[0]!;
}

/** `value · count`, where every partial sum in any order is a whole number that the dtype holds. */
function exactSum(op: ReduceOp, value: number, dtype: DType, count: number): number | undefined {
  const isSum = op.name === "sum" && Number.isInteger(value);
  return isSum && Math.abs(value) * count <= LARGEST_WHOLE[dtype] ? value * count : undefined;
}

/** Up to here, all whole numbers are values of the dtype. */
const LARGEST_WHOLE: Record<DType, number> = {
  float64: 2 ** 53,
  float32: 2 ** 24,
  float16: 2 ** 11,
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  bool: 0,
};
