import { type Attrs, type AttrValue, completeAttrs, sameAttr } from "../attrs.js";
import { Graph, type Node, type Value } from "../graph.js";
import { formatLocation } from "../location.js";
import type { Op } from "../op.js";
import { formatType, shortDType } from "../types.js";
import { nameValues, safeName, type ValueNames } from "./value-names.js";

export interface PrintOptions {
  /** Where the user wrote each node, as a trailing comment. On unless said otherwise. */
  readonly locations?: boolean;
  /** The names of the graph and its parameters. Off, text depends on structure alone. */
  readonly names?: boolean;
}

/** Words that mean something else where an attribute is a bare string. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(["true", "false", "null", "nan", "inf", "graph"]);
/** Strings that stand in text without quotes. */
const BARE_WORD = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * The graph as text: what `parseGraph` reads. Equal graphs give byte-identical text. Attributes come in
 * alphabetical order, without those at their defaults. The grammar is in docs/ir-grammar.md.
 */
export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  const keepNames = options.names ?? true;
  const names = nameValues(graph, keepNames, keepNames && options.locations !== false);
  const title = keepNames && graph.name !== "" ? ` ${safeName(graph.name)}` : "";
  const params = graph.params.map((param) => `${names(param)}: ${paramType(param)}`);
  const results = graph.results.map((result) => ` ${names(result)}`);
  return [
    `graph${title}(${params.join(", ")}) {`,
    ...printEquations(graph, names, options),
    `  return${results.join(",")}`,
    "}",
  ].join("\n");
}

function paramType(param: Value): string {
  return param.passedAs === "scalar" ? `scalar ${shortDType(param.dtype)}` : formatType(param.type);
}

function printEquations(graph: Graph, names: ValueNames, options: PrintOptions): string[] {
  const equations = graph.nodes.map((node) => `  ${printNode(node, names, options)}`);
  if (options.locations === false || graph.nodes.every((node) => node.location === null)) return equations;
  const column = commentColumn(equations);
  return equations.map((equation, k) => {
    const { location } = graph.nodes[k]!;
    if (!location) return equation;
    const gap = Math.max(0, column - lastLineLength(equation));
    return `${equation}${" ".repeat(gap)}   // ${formatLocation(location)}`;
  });
}

/** Comments line up behind the longest equation, but for the few that are very long. */
function commentColumn(equations: readonly string[]): number {
  let column = 0;
  for (const equation of equations) {
    const length = lastLineLength(equation);
    if (length <= 80) column = Math.max(column, length);
  }
  return column;
}

function lastLineLength(text: string): number {
  return text.length - (text.lastIndexOf("\n") + 1);
}

/** One equation, without its location. */
export function printNode(node: Node, names: ValueNames, options: PrintOptions = {}): string {
  const definitions = node.outputs.map((output) => `${names(output)}: ${formatType(output.type)}`);
  const operands = node.inputs.map((input) => ` ${names(input)}`);
  const left = definitions.length > 0 ? `${definitions.join(", ")} = ` : "";
  return `${left}${word(node.op.name)}${operands.join(",")}${printAttrs(node.op, node.attrs, options)}`;
}

/** ` {axes=[0,1]}`; empty where all attributes are at their defaults. */
export function printAttrs(op: Op, attrs: Attrs, options: PrintOptions = {}): string {
  const complete = completeAttrs(op.defaults, attrs);
  const shown = Object.keys(complete)
    .filter((key) => !(Object.hasOwn(op.defaults, key) && sameAttr(complete[key], op.defaults[key])))
    .sort()
    .map((key) => `${word(key)}=${printAttr(complete[key]!, options)}`);
  return shown.length > 0 ? ` {${shown.join(", ")}}` : "";
}

function printAttr(value: AttrValue, options: PrintOptions): string {
  if (typeof value === "number") return printNumber(value);
  if (typeof value === "string") return word(value);
  if (value instanceof Graph) return printGraph(value, options).replaceAll("\n", "\n  ");
  if (Array.isArray(value)) return `[${value.map((item) => printAttr(item, options)).join(",")}]`;
  return String(value);
}

function printNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(value);
}

function word(text: string): string {
  return BARE_WORD.test(text) && !RESERVED_WORDS.has(text) ? text : JSON.stringify(text);
}
