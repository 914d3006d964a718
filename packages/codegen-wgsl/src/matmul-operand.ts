import {
  elementCount,
  type Index,
  type KernelGroup,
  linearIndex,
  type Position,
  positionOf,
  readsOf,
  symbol,
  unboundIndex,
  type Value,
} from "@weftjs/ir";
import { inLanes } from "./evaluator.js";
import type { FixedRead, MatmulOperand } from "./matmul/index.js";
import { type KernelContext, PartWriter } from "./part.js";
import { splat, wgslType } from "./scalar/index.js";
import { indent, type Scope } from "./scope.js";

interface OperandNames {
  readonly value: Value;
  readonly name: string;
  readonly row: "m" | "k";
  readonly column: "k" | "n";
}

/**
 * How a matrix product reads an operand: through functions that hold the index map of all movement in front of it, a
 * transpose as well as the windows of a convolution. They are made when the template first calls them: one that is not
 * called binds nothing.
 */
export function matmulOperand(
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
  const readers = new Map<string, FixedReader>();
  return {
    element: caller("", null),
    contiguousAlong: contiguousAxis(names),
    vec4Along,
    vec4: caller("4", vec4Along),
    fixed(read, id, batch, outer) {
      const reader =
        readers.get(read) ?? fixedReader(context, kernel, names, read === "vec4" ? vec4Along : null);
      readers.set(read, reader);
      for (const [name, text] of reader.functions) functions.set(name, text);
      return reader.read(id, batch, outer);
    },
  };
}

/** The axis whose neighbours are neighbours in memory too. */
function contiguousAxis({ value, row, column }: OperandNames): "row" | "col" | null {
  const [read] = readsOf(value, operandPosition(value, row, column));
  if (!read) return null;
  const linear = unboundIndex(linearIndex(read.at, read.value.shape));
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

/** The expression of one read, or of four along `axis`, and the code in front of it. */
interface ReadCode {
  /** What does not depend on the inner index, where the two are to be kept apart. */
  readonly before: readonly string[];
  readonly lines: readonly string[];
  readonly result: string;
  readonly type: string;
  /** The symbol that counts by fours, if any. */
  readonly taken: string | null;
}

function readCode(
  context: KernelContext,
  kernel: KernelGroup,
  { value, row, column }: OperandNames,
  axis: "row" | "col" | null,
  isLoop: boolean,
): ReadCode {
  const taken = axis === "row" ? row : axis === "col" ? column : null;
  const size = value.shape[value.shape.length - (axis === "row" ? 2 : 1)]!;
  const replacements = new Map<string, Index>(taken ? [[taken, inLanes(`${taken}q`, size)]] : []);
  const symbols = ["batch", row, column].map((symbol) => (symbol === taken ? `${symbol}q` : symbol));
  const isInner = (symbol: string): boolean => isLoop && symbol.startsWith("k");
  const writer = new PartWriter(
    context,
    kernel,
    symbols.filter((symbol) => !isInner(symbol)),
    replacements,
  );
  const around: Scope = writer.scope;
  const scope = isLoop ? around.inner(symbols.filter(isInner)) : around;
  writer.evaluator.scope = scope;
  const expr = writer.evaluator.at(value, writer.position(operandPosition(value, row, column)));
  const width = taken ? 4 : 1;
  return {
    before: isLoop ? around.lines : [],
    lines: scope.lines,
    result: splat(expr, width).text,
    type: wgslType(value.dtype, width),
    taken,
  };
}

function operandFunction(
  context: KernelContext,
  kernel: KernelGroup,
  names: OperandNames,
  axis: "row" | "col" | null,
): string {
  const { lines, result, type, taken } = readCode(context, kernel, names, axis, false);
  const { name, row, column } = names;
  const body = [...quarter(taken, [row, column]), ...lines, `return ${result};`];
  return functionText(`${name}_at${taken ? "4" : ""}`, ["batch", row, column], type, body);
}

interface FixedReader {
  readonly functions: ReadonlyMap<string, string>;
  read(id: string, batch: string, outer: string): FixedRead;
}

/**
 * Reads for a loop along the inner axis. Each position that does not depend on it is a function of its own, called
 * before the loop, and a parameter of the function that is called in it. Other values of that sort are rare, and are
 * computed in the loop: they could be of any type.
 */
function fixedReader(
  context: KernelContext,
  kernel: KernelGroup,
  names: OperandNames,
  axis: "row" | "col" | null,
): FixedReader {
  const { name, row, column } = names;
  const outer = row === "k" ? column : row;
  const { before, lines, result, type, taken } = readCode(context, kernel, names, axis, true);
  const wanted = namesMade(before).filter((made) =>
    [...lines, result].some((line) => mentionsName(line, made)),
  );
  const hoisted = wanted.every(isPosition) ? wanted : [];
  const functions = new Map<string, string>();
  for (const position of hoisted) {
    const body = [...quarter(taken, [outer]), ...before, `return ${position};`];
    functions.set(position, functionText(`${name}_${position}`, ["batch", outer], "i32", body));
  }
  const around = hoisted.length === wanted.length ? [] : before;
  const body = [...quarter(taken, [outer, "k"]), ...around, ...lines, `return ${result};`];
  const inLoop = `${name}_in${taken ? "4" : ""}`;
  functions.set(inLoop, functionText(inLoop, ["batch", outer, "k", ...hoisted], type, body));
  return {
    functions,
    read(id, batch, fixed) {
      const given = hoisted.map((position) => id + position);
      return {
        before: hoisted.map((p, k) => `let ${given[k]!} = ${name}_${p}(${batch}, ${fixed});`).join("\n"),
        at: (inner) => `${inLoop}(${[batch, fixed, inner, ...given].join(", ")})`,
      };
    },
  };
}

/** Names that these statements declare, in order. */
function namesMade(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^let (\w+) =/.exec(line)?.[1] ?? []);
}

/** Whether generated code means a position by this name, and not a value. */
const isPosition = (name: string): boolean => name.startsWith("at");

const mentionsName = (line: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(line);

/** The statement that counts by fours, where it is one of these symbols that does. */
function quarter(taken: string | null, symbols: readonly string[]): string[] {
  return taken && symbols.includes(taken) ? [`let ${taken}q = ${taken} / 4;`] : [];
}

function functionText(
  name: string,
  parameters: readonly string[],
  type: string,
  body: readonly string[],
): string {
  return `fn ${name}(${parameters.map((parameter) => `${parameter}: i32`).join(", ")}) -> ${type} {\n${indent(body)}\n}`;
}
