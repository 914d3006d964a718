import { type DType, type Node, type PointwiseOp, type Value } from "@weftjs/ir";
import { noOnnxForm } from "./errors.js";
import type { OnnxGraph } from "./model.js";
import { addMovement } from "./movement.js";
import { bytesOf, onnxScalars } from "./scalars.js";

/** Reductions; those of bools run on integers. */
const REDUCTIONS: Readonly<Record<string, string>> = {
  sum: "ReduceSum",
  prod: "ReduceProd",
  max: "ReduceMax",
  min: "ReduceMin",
  any: "ReduceMax",
  all: "ReduceMin",
};

/** Adds a node of an optimised graph and gives the name of its one output. @throws W5030 */
export function addNode(graph: OnnxGraph, node: Node, names: ReadonlyMap<Value, string>): string {
  const inputs = node.inputs.map((value) => names.get(value)!);
  const output = node.outputs[0]!;
  switch (node.op.kind) {
    case "source":
      return addSource(graph, node);
    case "pointwise":
      return addPointwise(graph, node, node.op, inputs);
    case "movement":
      return addMovement(graph, node, inputs);
    case "reduce":
      return addReduction(graph, node, inputs[0]!);
    case "kernel":
      return addKernel(graph, node, inputs, output.dtype);
    case "region":
    case "loop":
      throw noOnnxForm(node.op.name, "it runs another graph");
    default:
      return node.op satisfies never;
  }
}

function addSource(graph: OnnxGraph, { op, attrs, outputs }: Node): string {
  const { dtype, shape } = outputs[0]!;
  const sizes = graph.integers(shape);
  if (op.name === "constant") {
    const value = graph.constant({ dtype, shape: [] }, bytesOf([attrs.value as number], dtype));
    return graph.node("Expand", [value, sizes]);
  }
  if (op.name !== "iota") throw noOnnxForm(op.name, "it makes its elements from nothing");
  const axis = attrs.axis as number;
  const count = shape[axis]!;
  const line = bytesOf(Float64Array.from({ length: count }, (_, k) => k), dtype); // prettier-ignore
  const flat = graph.constant({ dtype, shape: shape.map((_, k) => (k === axis ? count : 1)) }, line);
  return graph.node("Expand", [flat, sizes]);
}

function addPointwise(graph: OnnxGraph, node: Node, op: PointwiseOp, inputs: readonly string[]): string {
  const operands = inputs.map((name, k) => ({ name, dtype: node.inputs[k]!.dtype }));
  const working = operands.find((_, k) => !(k in op.fixed))?.dtype ?? node.outputs[0]!.dtype;
  const result = op.scalar(operands, onnxScalars(graph, working, op.name), node.attrs);
  // A rule may give a literal, whatever its operands.
  const sizes = graph.integers(node.outputs[0]!.shape);
  return inputs.includes(result.name) ? result.name : graph.node("Expand", [result.name, sizes]);
}

function addReduction(graph: OnnxGraph, { op, attrs, inputs }: Node, x: string): string {
  const operator = REDUCTIONS[op.name];
  if (!operator) throw noOnnxForm(op.name, "only sum, prod, max, min, any and all are known as reductions");
  const axes = attrs.axes as readonly number[];
  if (axes.length === 0) return graph.node("Identity", [x]);
  const isBool = inputs[0]!.dtype === "bool";
  const numbers = isBool ? graph.cast(x, "int32") : x;
  const reduced = graph.node(operator, [numbers, graph.integers(axes)], { keepdims: 0 });
  return isBool ? graph.cast(reduced, "bool") : reduced;
}

function addKernel(graph: OnnxGraph, node: Node, inputs: readonly string[], dtype: DType): string {
  if (node.op.name === "matmul") return graph.node("MatMul", inputs);
  if (node.op.name === "scatterAdd") return addScatter(graph, node, inputs, dtype);
  throw noOnnxForm(node.op.name, "no operator computes it");
}

/** Indices that name nothing add their source, made 0, to the first place. */
function addScatter(graph: OnnxGraph, node: Node, inputs: readonly string[], dtype: DType): string {
  const [indices, source] = inputs as [string, string];
  const { axis, size } = node.attrs as { readonly axis: number; readonly size: number };
  const zero = graph.constant({ dtype, shape: [] }, bytesOf([0], dtype));
  const whole = graph.cast(indices, "int64");
  const isInside = graph.node("And", [
    graph.node("GreaterOrEqual", [whole, graph.integers([-size], [])]),
    graph.node("Less", [whole, graph.integers([size], [])]),
  ]);
  const target = graph.node("Expand", [zero, graph.integers(node.outputs[0]!.shape)]);
  const places = graph.node("Where", [isInside, whole, graph.integers([0], [])]);
  const values = graph.node("Where", [isInside, source, zero]);
  return graph.node("ScatterElements", [target, places, values], { axis, reduction: "add" });
}
