import { type Attrs, type AttrValue, completeAttrs } from "../attrs.js";
import { GraphBuilder } from "../builder.js";
import type { Graph, Value } from "../graph.js";
import type { Op } from "../op.js";
import { findOp } from "../define-op.js";
import { dtypeFromShort, type DType, type TensorType } from "../types.js";
import { RESERVED_WORDS } from "./print.js";
import { Scanner } from "./scanner.js";
import { typeFault } from "./type-fault.js";

const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
const VALUE = /%[A-Za-z0-9_.]+/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const NUMBER = /-?(?:inf\b|nan\b|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/y;
const SIZE = /\d+/y;
const GRAPH = /graph\b/y;

/** Lists and bodies within one another; text from outside must not exhaust the stack. */
const DEEPEST = 200;

/**
 * Reads what `printGraph` writes. Types are checked as they are read; names of values are for the text alone, but
 * for those of parameters. Source locations, which are comments, are not read back.
 *
 * @throws W2050 text that is not IR; W2051 an op nobody declared; W2052 types that the op's rule does not give.
 */
export function parseGraph(text: string, file = "graph.ir"): Graph {
  const scanner = new Scanner(text, file);
  const graph = new GraphParser(scanner, 0).graph();
  if (!scanner.isAtEnd) throw scanner.error("expected nothing behind the graph");
  return graph;
}

class GraphParser {
  private readonly values = new Map<string, Value>();
  private builder = new GraphBuilder();

  constructor(
    private readonly scanner: Scanner,
    private readonly depth: number,
  ) {
    if (depth > DEEPEST) throw scanner.error(`more than ${DEEPEST} levels within one another`);
  }

  graph(): Graph {
    const { scanner } = this;
    scanner.expect("graph");
    this.builder = new GraphBuilder(scanner.match(WORD) ?? "");
    scanner.expect("(");
    this.list(")", () => this.param());
    scanner.expect("{");
    while (!scanner.sees(/return\b/y)) this.equation();
    scanner.expect("return");
    const results = this.list("}", () => this.operand(scanner.expectMatch(VALUE, "a value")));
    return this.builder.finish(results);
  }

  private param(): void {
    const at = this.scanner.mark();
    const name = this.scanner.expectMatch(VALUE, "a parameter");
    this.scanner.expect(":");
    const isScalar = this.scanner.match(/scalar\b/y) !== undefined;
    const type = isScalar ? { dtype: this.dtype(), shape: [] } : this.type();
    this.define(name, this.builder.param(type, name.slice(1), isScalar ? "scalar" : "buffer"), at);
  }

  private equation(): void {
    const { scanner } = this;
    const start = scanner.mark();
    const names: string[] = [];
    const types: TensorType[] = [];
    while (scanner.sees(VALUE)) {
      names.push(scanner.match(VALUE)!);
      scanner.expect(":");
      types.push(this.type());
      if (scanner.take(",")) continue;
      scanner.expect("=");
      break;
    }
    const op = this.op();
    const inputs = this.operands();
    const attrs = completeAttrs(op.defaults, this.attrs());
    this.checkTypes(op, inputs, attrs, types, start);
    const outputs = this.builder.append(op, inputs, attrs, types);
    outputs.forEach((output, k) => this.define(names[k]!, output, start));
  }

  private op(): Op {
    const at = this.scanner.mark();
    const name = this.word("an op");
    const op = findOp(name);
    if (!op) throw this.scanner.error(`there is no op called ${JSON.stringify(name)}`, at, "W2051");
    return op;
  }

  /** On the op's own line: on the next one, `%` starts the next equation. */
  private operands(): Value[] {
    const first = this.scanner.matchOnLine(VALUE);
    if (first === undefined) return [];
    const inputs = [this.operand(first)];
    while (this.scanner.take(",")) inputs.push(this.operand(this.scanner.expectMatch(VALUE, "a value")));
    return inputs;
  }

  private operand(name: string): Value {
    const value = this.values.get(name);
    if (!value) throw this.scanner.error(`${name} is used, but not defined above`);
    return value;
  }

  private define(name: string, value: Value, at: number): void {
    if (this.values.has(name)) throw this.scanner.error(`${name} is defined twice`, at);
    this.values.set(name, value);
  }

  private attrs(): Attrs {
    if (this.scanner.matchOnLine(/\{/y) === undefined) return {};
    // fromEntries defines own properties, so that a key called __proto__ is a key like any other.
    return Object.fromEntries(
      this.list("}", () => {
        const key = this.word("an attribute's name");
        this.scanner.expect("=");
        return [key, this.attr(this.depth + 1)] as const;
      }),
    );
  }

  private attr(depth: number): AttrValue {
    const { scanner } = this;
    if (depth > DEEPEST) throw scanner.error(`more than ${DEEPEST} levels within one another`);
    if (scanner.take("[")) return this.list("]", () => this.attr(depth + 1));
    if (scanner.sees(GRAPH)) return new GraphParser(scanner, depth).graph();
    const number = scanner.match(NUMBER);
    if (number !== undefined) return readNumber(number);
    if (scanner.sees(STRING)) return this.word("a string");
    const text = scanner.expectMatch(WORD, "an attribute's value");
    return RESERVED_WORDS.has(text) ? (JSON.parse(text) as boolean | null) : text;
  }

  private word(what: string): string {
    const at = this.scanner.mark();
    const quoted = this.scanner.match(STRING);
    if (quoted === undefined) return this.scanner.expectMatch(WORD, what);
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw this.scanner.error(`${quoted} is not a JSON string`, at);
    }
  }

  private type(): TensorType {
    const dtype = this.dtype();
    this.scanner.expect("[");
    return { dtype, shape: this.list("]", () => Number(this.scanner.expectMatch(SIZE, "a size"))) };
  }

  private dtype(): DType {
    const at = this.scanner.mark();
    const name = this.scanner.expectMatch(WORD, "a dtype");
    const dtype = dtypeFromShort(name);
    if (!dtype) throw this.scanner.error(`${name} is not a dtype`, at);
    return dtype;
  }

  private list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    if (this.scanner.take(close)) return items;
    do items.push(item());
    while (this.scanner.take(","));
    this.scanner.expect(close);
    return items;
  }

  private checkTypes(
    op: Op,
    inputs: readonly Value[],
    attrs: Attrs,
    outputs: readonly TensorType[],
    at: number,
  ): void {
    const fault = typeFault(op, inputs, attrs, outputs);
    if (fault) throw this.scanner.error(fault, at, "W2052");
  }
}

function readNumber(text: string): number {
  switch (text) {
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    case "nan":
    case "-nan":
      return NaN;
    default:
      return Number(text);
  }
}
