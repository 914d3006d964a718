import type { Attrs } from "./attrs.js";
import { WeftError } from "./errors.js";
import type { Op, PointwiseOp, ReduceOp } from "./op.js";
import {
  broadcastShapes,
  type DType,
  elementCount,
  formatType,
  holds,
  isFloat,
  isInteger,
  promoteDTypes,
  type Shape,
  type TensorType,
} from "./types.js";

/** What a call of an op comes to: the types its operands are brought to, and the types of its outputs. */
export interface CallType {
  readonly operands: readonly TensorType[];
  readonly outputs: readonly TensorType[];
}

/**
 * The type rule of a call: finds the common dtype (a number adopts what it meets), stretches shapes for pointwise
 * ops, and asks the op for the rest.
 *
 * @throws W2003 shapes that do not broadcast; W2005 a dtype the op cannot take; what the op's own rule throws.
 */
export function inferCall(op: Op, operands: readonly (TensorType | number)[], attrs: Attrs): CallType {
  checkArity(op, operands.length);
  switch (op.kind) {
    case "pointwise":
      return inferPointwise(op, operands, attrs);
    case "reduce":
      return inferReduce(op, operands.map(literalAsScalar), attrs);
    case "source":
    case "movement":
    case "kernel":
    case "region":
    case "loop": {
      const types = operands.map(literalAsScalar);
      const result = op.infer(types, attrs);
      return { operands: types, outputs: Array.isArray(result) ? result : [result as TensorType] };
    }
    default:
      return op satisfies never;
  }
}

function checkArity(op: Op, count: number): void {
  if (op.operands === "variadic" || op.operands.length === count) return;
  throw new WeftError({
    code: "W2006",
    message: `${op.name} takes ${op.operands.length} operands (${op.operands.join(", ")}), got ${count}`,
  });
}

/** A number outside pointwise ops is a start or a position where integral, a float otherwise. */
function literalAsScalar(operand: TensorType | number): TensorType {
  if (typeof operand !== "number") return operand;
  return { dtype: Number.isInteger(operand) ? "int32" : "float32", shape: [] };
}

function inferPointwise(op: PointwiseOp, operands: readonly (TensorType | number)[], attrs: Attrs): CallType {
  const shape = commonShape(op, operands);
  const dtype = workingDType(op, commonDType(op, operands));
  const misfit = operands.find(
    (operand, k) => !(k in op.fixed) && typeof operand === "number" && !holds(dtype, operand),
  );
  if (misfit !== undefined) throw outOfRange(op, dtype, misfit as number);
  return {
    operands: operands.map((_, k) => ({ dtype: op.fixed[k] ?? dtype, shape })),
    outputs: [{ dtype: op.result(dtype, attrs), shape }],
  };
}

function commonShape(op: Op, operands: readonly (TensorType | number)[]): Shape {
  const shapes = operands.map((operand) => (typeof operand === "number" ? [] : operand.shape));
  const shape = broadcastShapes(...shapes);
  if (shape) return shape;
  const types = operands.map((operand) =>
    typeof operand === "number" ? String(operand) : formatType(operand),
  );
  throw new WeftError({
    code: "W2003",
    message: `${op.name} cannot broadcast shapes ${shapes.map((s) => `[${s.join(",")}]`).join(" and ")}`,
    notes: [`operands are ${types.join(", ")}`],
    hint: "sizes are compared from the last axis; each pair must be equal or have a 1: use reshape or expandDims",
  });
}

function commonDType(op: PointwiseOp, operands: readonly (TensorType | number)[]): DType {
  let dtype: DType | undefined;
  let fractional = false;
  for (let k = 0; k < operands.length; k++) {
    if (k in op.fixed) continue;
    const operand = operands[k]!;
    if (typeof operand === "number") fractional ||= !Number.isInteger(operand) || Object.is(operand, -0);
    else dtype = dtype === undefined ? operand.dtype : promoteDTypes(dtype, operand.dtype);
  }
  if (dtype === undefined) return "float32";
  const meetsNumber = operands.some((operand, k) => typeof operand === "number" && !(k in op.fixed));
  if (!meetsNumber || isFloat(dtype)) return dtype;
  if (fractional) return "float32";
  return dtype === "bool" ? "int32" : dtype;
}

/** Brings the common dtype to one the op works in: bool to int32, integers to float32. */
function workingDType(op: PointwiseOp | ReduceOp, dtype: DType): DType {
  if (op.accepts.includes(dtype)) return dtype;
  if (dtype === "bool" && op.accepts.includes("int32")) return "int32";
  if ((dtype === "bool" || isInteger(dtype)) && op.accepts.includes("float32")) return "float32";
  if (op.accepts.length === 1 && op.accepts[0] === "bool") return "bool";
  throw new WeftError({
    code: "W2005",
    message: `${op.name} does not take ${dtype}, it takes ${op.accepts.join(", ")}`,
    hint: `convert with astype(x, "${op.accepts[0]}")`,
  });
}

/** Whether an error says that a number met a dtype that does not have it: W2007. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof WeftError && error.code === OUT_OF_RANGE;
}

const OUT_OF_RANGE = "W2007";

function outOfRange(op: Op, dtype: DType, value: number): WeftError {
  return new WeftError({
    code: OUT_OF_RANGE,
    message: `${op.name} meets ${value} with ${dtype}, which has no such number`,
    hint: `convert the tensor first: astype(x, "${dtype === "uint32" && value < 0 && value >= -(2 ** 31) ? "int32" : "float32"}")`,
  });
}

function inferReduce(op: ReduceOp, [operand]: readonly TensorType[], attrs: Attrs): CallType {
  const dtype = workingDType(op, operand!.dtype);
  const axes = attrs.axes as readonly number[];
  checkAxes(op.name, axes, operand!);
  const shape = operand!.shape.filter((_, axis) => !axes.includes(axis));
  checkElements(op, axes, operand!, shape);
  return { operands: [{ dtype, shape: operand!.shape }], outputs: [{ dtype, shape }] };
}

/** @throws W2011 axes that are not distinct positions from 0 to the rank. */
export function checkAxes(name: string, axes: readonly number[], operand: TensorType): void {
  const rank = operand.shape.length;
  const valid = axes.every(
    (axis, k) => Number.isInteger(axis) && axis >= 0 && axis < rank && axes.indexOf(axis) === k,
  );
  if (valid) return;
  throw new WeftError({
    code: "W2011",
    message: `${name} needs distinct axes of its operand, got [${axes.join(",")}]`,
    notes: [`operand is ${formatType(operand)}`],
    hint: rank === 0 ? "a scalar has no axes" : `axes go from 0 to ${rank - 1}`,
  });
}

/** A result without elements asks for no reduction of none, as in NumPy. */
function checkElements(op: ReduceOp, axes: readonly number[], operand: TensorType, shape: Shape): void {
  if (!op.needsElements || elementCount(shape) === 0) return;
  const empty = axes.find((axis) => operand.shape[axis] === 0);
  if (empty === undefined) return;
  throw new WeftError({
    code: "W2012",
    message: `${op.name} needs at least one element to reduce, got none along axis ${empty}`,
    notes: [`operand is ${formatType(operand)}`],
    hint: "test the size first, or pad the operand",
  });
}
