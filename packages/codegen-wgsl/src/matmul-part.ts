import {
  elementCount,
  type Index,
  type KernelGroup,
  linearIndex,
  type MatmulDomain,
  type Position,
  positionOf,
  readsOf,
  symbol,
  type Value,
} from "@weftjs/ir";
import { inLanes } from "./evaluator.js";
import { matmulKernel, type MatmulKernel, type MatmulOperand } from "./matmul/index.js";
import { type KernelContext, PartWriter } from "./part.js";
import { splat, wgslType } from "./scalar/index.js";
import { indent } from "./scope.js";

/**
 * A contraction with what follows it. Operands are read, and results finished and written, through functions of this
 * kernel's own, so that the template knows nothing of index maps and epilogues.
 */
export function matmulShader(
  context: KernelContext,
  kernel: KernelGroup,
  helpers: () => string,
): MatmulKernel {
  const domain = kernel.group.domain as MatmulDomain;
  const [a, b] = domain.node.inputs as [Value, Value];
  const functions: string[] = [];
  const operandA = operand(context, kernel, functions, { value: a, name: "a", row: "m", column: "k" });
  const operandB = operand(context, kernel, functions, { value: b, name: "b", row: "k", column: "n" });
  const canStoreVec4 = domain.n % 4 === 0;
  functions.push(storeFunction(context, kernel, 1));
  if (canStoreVec4) functions.push(storeFunction(context, kernel, 4));
  const view = {
    batch: domain.batch,
    m: domain.m,
    n: domain.n,
    k: domain.k,
    a: operandA,
    b: operandB,
    canStoreVec4,
    elementType: domain.node.outputs[0]!.dtype === "float16" ? "f16" : "f32",
    header: "",
    store: (at: { batch: string; row: string; col: string }, acc: string, width: 1 | 4) =>
      `finish${width}(${at.batch}, ${at.row}, ${at.col}, ${acc});`,
  } as const;
  const header = [context.bindings.declarations(), helpers(), ...functions].join("\n");
  return matmulKernel({ ...view, header }, context.target);
}

interface OperandNames {
  readonly value: Value;
  readonly name: string;
  readonly row: "m" | "k";
  readonly column: "k" | "n";
}

function operand(
  context: KernelContext,
  kernel: KernelGroup,
  functions: string[],
  names: OperandNames,
): MatmulOperand {
  const vec4Along = vectorAxis(context, kernel, names);
  functions.push(operandFunction(context, kernel, names, null));
  if (vec4Along) functions.push(operandFunction(context, kernel, names, vec4Along));
  const call = (suffix: string) => (batch: string, row: string, col: string) =>
    `${names.name}_at${suffix}(${batch}, ${row}, ${col})`;
  return { element: call(""), contiguousAlong: contiguousAxis(names), vec4Along, vec4: call("4") };
}

/** The axis whose neighbours are neighbours in memory too. */
function contiguousAxis({ value, row, column }: OperandNames): "row" | "col" | null {
  const [read] = readsOf(value, operandPosition(value, row, column));
  if (!read) return null;
  const linear = linearIndex(read.at, read.value.shape);
  const stepsBy = (name: string): number | undefined => {
    return linear.terms.find(({ atom }) => atom.kind === "symbol" && atom.name === name)?.factor;
  };
  return stepsBy(column) === 1 ? "col" : stepsBy(row) === 1 ? "row" : null;
}

function operandPosition(value: Value, row: string, column: string): Position {
  const rank = value.shape.length;
  const batchShape = value.shape.slice(0, rank - 2);
  const batch = positionOf(symbol("batch", elementCount(batchShape)), batchShape);
  return [...batch, symbol(row, value.shape[rank - 2]!), symbol(column, value.shape[rank - 1]!)];
}

/** The axis along which four neighbours lie together in memory. */
function vectorAxis(context: KernelContext, kernel: KernelGroup, names: OperandNames): "row" | "col" | null {
  const sizes = names.value.shape;
  const [rows, columns] = [sizes[sizes.length - 2]!, sizes[sizes.length - 1]!];
  if (columns % 4 === 0 && isVector(context, kernel, names, "col")) return "col";
  return rows % 4 === 0 && isVector(context, kernel, names, "row") ? "row" : null;
}

/** Tried on a copy of the kernel's tables, so that a trial leaves no binding behind. */
function isVector(
  context: KernelContext,
  kernel: KernelGroup,
  names: OperandNames,
  axis: "row" | "col",
): boolean {
  let wide = 0;
  let narrow = 0;
  const count = (_value: Value, _index: string, width: 1 | 4): string => {
    if (width === 4) wide++;
    else narrow++;
    return "x";
  };
  const bindings = Object.assign(Object.create(context.bindings) as typeof context.bindings, { read: count });
  operandFunction({ ...context, bindings, need: () => undefined }, kernel, names, axis);
  return wide > 0 && narrow === 0;
}

function operandFunction(
  context: KernelContext,
  kernel: KernelGroup,
  names: OperandNames,
  axis: "row" | "col" | null,
): string {
  const { value, name, row, column } = names;
  const taken = axis === "row" ? row : axis === "col" ? column : null;
  const size = value.shape[value.shape.length - (axis === "row" ? 2 : 1)]!;
  const replacements = new Map<string, Index>(taken ? [[taken, inLanes(`${taken}q`, size)]] : []);
  const symbols = ["batch", row, column].map((symbol) => (symbol === taken ? `${symbol}q` : symbol));
  const writer = new PartWriter(context, kernel, symbols, replacements);
  const expr = writer.evaluator.at(value, writer.position(operandPosition(value, row, column)));
  const width = taken ? 4 : 1;
  const { text } = splat(expr, width);
  const type = wgslType(value.dtype, width);
  const quarter = taken ? `  let ${taken}q = ${taken} / 4;\n` : "";
  const head = `fn ${name}_at${taken ? "4" : ""}(batch: i32, ${row}: i32, ${column}: i32) -> ${type} {`;
  return `${head}\n${quarter}${indent(writer.scope.lines)}\n  return ${text};\n}`;
}

/** Applies what the group does to a finished sum and writes its outputs. */
function storeFunction(context: KernelContext, kernel: KernelGroup, width: 1 | 4): string {
  const { node, n } = kernel.group.domain as MatmulDomain;
  const output = node.outputs[0]!;
  const replacements = new Map<string, Index>(width === 4 ? [["n", inLanes("nq", n)]] : []);
  const writer = new PartWriter(context, kernel, ["b", "m", width === 4 ? "nq" : "n"], replacements);
  const key = writer
    .placeOf(output)
    .map((index) => index.key)
    .join(";");
  writer.evaluator.results.set(output, { key, expr: { text: "sum", dtype: output.dtype, width } });
  const { lines } = writer.scope;
  for (const value of kernel.stores) lines.push(writer.evaluator.store(value, writer.placeOf(value)));
  const quarter = width === 4 ? "  let nq = n / 4;\n" : "";
  return `fn finish${width}(b: i32, m: i32, n: i32, sum: ${wgslType(output.dtype, width)}) {\n${quarter}${indent(lines)}\n}`;
}
