import { type AttrValue } from "../attrs.js";
import { bug, type WeftError } from "../errors.js";
import { Graph, type Node, type Value } from "../graph.js";
import { findOp } from "../define-op.js";
import { DTYPES, type TensorType } from "../types.js";
import { printNode } from "./print.js";
import { typeFault } from "./type-fault.js";
import { nameValues } from "./value-names.js";

/**
 * Checks every invariant of a graph:
 *
 *  1. A parameter has no node and stands at its index; a scalar parameter has no axes.
 *  2. Each value is defined once, by a parameter or as output `index` of its `node`.
 *  3. A value is defined before it is used, in this graph: by a node above, or as a parameter.
 *  4. A node's op is the one registered under its name.
 *  5. Attributes are plain data: numbers, strings, booleans, null, lists of these, and graphs.
 *  6. Types are well formed: a known dtype, sizes that are integers ≥ 0.
 *  7. Operands and outputs have exactly the types that the op's rule gives.
 *  8. Graphs in attributes hold all this too, and see nothing from outside.
 *
 * O(nodes).
 *
 * @throws W2999 with the equations around the first fault.
 */
export function verifyGraph(graph: Graph): void {
  const defined = new Set<Value>();
  graph.params.forEach((param, k) => {
    const fault = faultOfParam(param, k) ?? faultOfDefinition(param, defined);
    if (fault) throw graphError(graph, -1, `parameter ${k}: ${fault}`);
  });
  graph.nodes.forEach((node, k) => {
    const fault = faultOfNode(node, defined);
    if (fault) throw graphError(graph, k, fault);
  });
  graph.results.forEach((result, k) => {
    if (!defined.has(result)) {
      throw graphError(graph, graph.nodes.length, `result ${k} is not defined in this graph`);
    }
  });
}

function faultOfParam(param: Value, k: number): string | undefined {
  if (param.node !== null) return "it belongs to a node";
  if (param.index !== k) return `it says that it is parameter ${param.index}`;
  if (param.passedAs === "scalar" && param.shape.length > 0) return "it is passed as a scalar but has axes";
  return undefined;
}

/** Takes the value in, unless it is defined already or ill typed. */
function faultOfDefinition(value: Value, defined: Set<Value>): string | undefined {
  if (defined.has(value)) return "the same value is defined twice";
  defined.add(value);
  return faultOfType(value.type);
}

function faultOfType({ dtype, shape }: TensorType): string | undefined {
  if (!DTYPES.includes(dtype)) return `there is no dtype ${String(dtype)}`;
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  return wrong === undefined ? undefined : `a size is ${String(wrong)}`;
}

function faultOfNode(node: Node, defined: Set<Value>): string | undefined {
  const { op, inputs, attrs, outputs } = node;
  if (findOp(op.name) !== op) return `the op ${op.name} is not the registered one`;
  for (const [k, input] of inputs.entries()) {
    if (!defined.has(input)) return `operand ${k} is used before it is defined`;
  }
  for (const [key, value] of Object.entries(attrs)) {
    const fault = faultOfAttr(value);
    if (fault) return `attribute ${key} ${fault}`;
  }
  for (const [k, output] of outputs.entries()) {
    if (output.node !== node || output.index !== k) return `output ${k} does not belong to its node`;
    const fault = faultOfDefinition(output, defined);
    if (fault) return `output ${k}: ${fault}`;
  }
  return typeFault(
    op,
    inputs,
    attrs,
    outputs.map((output) => output.type),
  );
}

function faultOfAttr(value: AttrValue | undefined): string | undefined {
  if (value === null || ["number", "string", "boolean"].includes(typeof value)) return undefined;
  if (Array.isArray(value)) return value.map(faultOfAttr).find((fault) => fault !== undefined);
  if (!(value instanceof Graph)) return `is ${typeof value}, not plain data`;
  verifyGraph(value);
  return undefined;
}

/** W2999 with the equations around node `at`, which is marked. */
function graphError(graph: Graph, at: number, message: string): WeftError {
  const names = nameValues(graph, true);
  const first = Math.max(0, at - 3);
  const lines = graph.nodes.slice(first, at + 3).map((node, k) => {
    const mark = first + k === at ? ">" : " ";
    return `  ${mark} ${printNode(node, names)}`;
  });
  if (at >= graph.nodes.length) lines.push(`  > return ${graph.results.map(names).join(", ")}`);
  const title = graph.name === "" ? "graph" : `graph ${graph.name}`;
  return bug(`${title} is broken: ${message}\n${lines.join("\n")}`.trimEnd());
}
