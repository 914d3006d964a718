import type { Attrs } from "../attrs.js";
import { bug } from "../errors.js";
import type { Node } from "../graph.js";
import type { PointwiseOp, ReduceOp, SourceOp } from "../op.js";
import { elementCount, formatType, sameType, stridesOf, type TensorType } from "../types.js";
import { type Column, columnScalars } from "./column-scalars.js";
import { evaluateMovement } from "./evaluate-movement.js";
import type { HostTensor } from "./host-tensor.js";
import { numberScalars } from "./number-scalars.js";
import { type Precision, roundToStorage } from "./precision.js";
import { forEachPosition, forEachRow } from "./strided.js";

/**
 * The values of a node's outputs. By kind only: a new op needs no line here. What carries graphs is run by
 * `interpret`.
 */
export function evaluateNode(
  node: Node,
  inputs: readonly HostTensor[],
  precision: Precision,
): readonly HostTensor[] {
  node.inputs.forEach((value, k) => checkType(inputs[k], value.type));
  const types = node.outputs.map((output) => output.type);
  return evaluateKind(node, inputs, types[0]!).map((data, k) => {
    const type = types[k]!;
    if (precision === "storage") roundToStorage(data, type.dtype);
    return { type, data };
  });
}

/** @throws W2999 a tensor of another type. */
export function checkType(tensor: HostTensor | undefined, type: TensorType): void {
  if (tensor && sameType(tensor.type, type)) return;
  throw bug(`the interpreter needs ${formatType(type)}, got ${tensor ? formatType(tensor.type) : "nothing"}`);
}

function evaluateKind(
  { op, attrs }: Node,
  inputs: readonly HostTensor[],
  output: TensorType,
): readonly Float64Array[] {
  switch (op.kind) {
    case "source":
      return [evaluateSource(op, attrs, output)];
    case "pointwise":
      return [evaluatePointwise(op, inputs, attrs, output)];
    case "movement":
      return [evaluateMovement(op, inputs, attrs, output)];
    case "reduce":
      return [evaluateReduce(op, inputs[0]!, attrs, output)];
    case "kernel":
      return op.evaluate(inputs, attrs);
    case "region":
    case "loop":
      throw bug(`${op.name} is evaluated by whoever holds a graph`);
    default:
      return op satisfies never;
  }
}

function evaluateSource(op: SourceOp, attrs: Attrs, output: TensorType): Float64Array {
  const scalars = numberScalars(output.dtype);
  const data = new Float64Array(elementCount(output.shape));
  forEachPosition(output.shape, (at, flat) => {
    data[flat] = op.element(at, attrs, scalars, (index) => index);
  });
  return data;
}

function evaluatePointwise(
  op: PointwiseOp,
  inputs: readonly HostTensor[],
  attrs: Attrs,
  output: TensorType,
): Float64Array {
  const scalars = columnScalars(numberScalars(workingDType(op, inputs, output)));
  const columns = inputs.map((input) => input.data);
  const result = op.scalar<Column>(columns, scalars, attrs);
  if (typeof result === "number") return new Float64Array(elementCount(output.shape)).fill(result);
  // A rule may give an operand back as it is.
  return columns.includes(result) ? result.slice() : result;
}

/** The dtype that the operands met in: that of any which is not fixed. */
function workingDType(
  op: PointwiseOp,
  inputs: readonly HostTensor[],
  output: TensorType,
): TensorType["dtype"] {
  return inputs.find((_, k) => !(k in op.fixed))?.type.dtype ?? output.dtype;
}

function evaluateReduce(op: ReduceOp, input: HostTensor, attrs: Attrs, output: TensorType): Float64Array {
  const { shape, dtype } = input.type;
  const scalars = numberScalars(dtype);
  const data = new Float64Array(elementCount(output.shape)).fill(op.identity(dtype));
  const from = { offset: 0, strides: stridesOf(shape) };
  const to = { offset: 0, strides: stridesAround(shape, attrs.axes as readonly number[]) };
  const length = shape.at(-1) ?? 1;
  const step = to.strides.at(-1) ?? 0;
  forEachRow(shape, from, to, (i, o) => {
    for (let n = 0; n < length; n++, i++, o += step) {
      data[o] = op.combine(data[o]!, input.data[i]!, scalars);
    }
  });
  return data;
}

/** Steps through a reduction's result as one walks its operand: 0 along what is reduced. */
function stridesAround(shape: readonly number[], axes: readonly number[]): number[] {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
}
