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
  const functions = new Map<string, string>();
  const shader = matmulKernel(
    {
      batch: domain.batch,
      m: domain.m,
      n: domain.n,
      k: domain.k,
      a: operand(context, kernel, functions, { value: a, name: "a", row: "m", column: "k" }),
      b: operand(context, kernel, functions, { value: b, name: "b", row: "k", column: "n" }),
      canStoreVec4: domain.n % 4 === 0,
      elementType: domain.node.outputs[0]!.dtype === "float16" ? "f16" : "f32",
      header: "",
      store(at, acc, width) {
        const name = `finish${width}`;
        if (!functions.has(name)) functions.set(name, storeFunction(context, kernel, width));
        return `${name}(${at.batch}, ${at.row}, ${at.col}, ${acc});`;
      },
    },
    context.target,
  );
  const wgsl = [context.bindings.declarations(), helpers(), ...functions.values(), shader.wgsl].join("\n");
  return { ...shader, wgsl };
}

interface OperandNames {
  readonly value: Value;
  readonly name: string;
  readonly row: "m" | "k";
  readonly column: "k" | "n";
}

/** Functions are made when the template first calls them: one that is not called binds nothing. */
function operand(
  context: KernelContext,
  kernel: KernelGroup,
  functions: Map<string, string>,
  names: OperandNames,
): MatmulOperand {
  const vec4Along = vectorAxis(context, kernel, names);
  const caller =
    (suffix: "" | "4", axis: "row" | "col" | null) =>
    (batch: string, row: string, col: string): string => {
      const name = `${names.name}_at${suffix}`;
      if (!functions.has(name)) functions.set(name, operandFunction(context, kernel, names, axis));
      return `${name}(${batch}, ${row}, ${col})`;
    };
  return {
    element: caller("", null),
    contiguousAlong: contiguousAxis(names),
    vec4Along,
    vec4: caller("4", vec4Along),
  };
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
