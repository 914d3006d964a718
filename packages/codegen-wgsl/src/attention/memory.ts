import {
  type AttentionDomain,
  bug,
  constantIndex,
  type Index,
  type KernelGroup,
  type Position,
  positionOf,
  symbol,
  type Value,
} from "@weftjs/ir";
import { inLanes } from "../evaluator.js";
import { type KernelContext, PartWriter } from "../part.js";
import { splat, type WgslExpr, WgslScalars, wgslType, type Width } from "../scalar/index.js";
import { indent } from "../scope.js";

/** Text that reads an operand: a batch, a row, and a column, which counts vectors where the operand is read so. */
export type Reader = (batch: string, row: string, column: string) => string;
/** Text that writes to an output. */
export type Writer = (batch: string, row: string, column: string, text: string) => string;

/** How many elements of rows of this length are taken at once. */
export function lanesOf(length: number): Width {
  return length % 4 === 0 ? 4 : 1;
}

/** How many such pieces a row of the value has. */
export function vectorsOf(value: Value): number {
  const length = value.shape.at(-1)!;
  return length / lanesOf(length);
}

/** The type of one. */
export function vectorType(value: Value): string {
  return wgslType("float32", lanesOf(value.shape.at(-1)!));
}

/**
 * Functions that read the operands of attention, as float32, with the index map of all movement in front of them, and
 * that write its outputs. They are made when first asked for: what is not called binds nothing.
 */
export class AttentionMemory {
  readonly functions: string[] = [];
  private readonly made = new Map<Value, Reader | number>();

  constructor(
    private readonly context: KernelContext,
    private readonly kernel: KernelGroup,
    private readonly domain: AttentionDomain,
  ) {}

  /** A reader of rows, in vectors where their length divides. */
  rows(value: Value): Reader {
    return this.reader(value, lanesOf(value.shape.at(-1)!));
  }

  /** A reader of one number a query. */
  numbers(value: Value): Reader {
    return this.reader(value, 1);
  }

  /** A reader of what is added to the scores, by query and key; a number where it is the same everywhere. */
  bias(value: Value): Reader | number {
    return this.make(value, 1);
  }

  /** A writer of rows, in vectors where their length divides, or of one number a query. */
  writer(value: Value): Writer {
    const width = this.isOfRows(value) ? lanesOf(value.shape.at(-1)!) : 1;
    const { writer, column } = this.open(value, width);
    const given: WgslExpr = { text: "x", dtype: "float32", width };
    const stored = writer.evaluator.scalars("float32").cast(given, value.dtype);
    const statement = writer.evaluator.storeAt(value, writer.position(this.position(value)), stored);
    const name = writer.scope.freshName("write");
    const body = [...writer.scope.lines, statement];
    this.functions.push(
      `fn ${name}(b: i32, i: i32, ${column}: i32, x: ${wgslType("float32", width)}) {\n${indent(body)}\n}`,
    );
    return (batch, row, at, text) => `${name}(${batch}, ${row}, ${at}, ${text});`;
  }

  private reader(value: Value, width: Width): Reader {
    const made = this.make(value, width);
    if (typeof made !== "number") return made;
    return () => splat(textScalars(this.context).literal(made), width).text;
  }

  private make(value: Value, width: Width): Reader | number {
    const known = this.made.get(value) ?? this.write(value, width);
    this.made.set(value, known);
    return known;
  }

  private write(value: Value, width: Width): Reader | number {
    const { writer, column } = this.open(value, width);
    const expr = writer.evaluator.at(value, writer.position(this.position(value)));
    if (expr.literal !== undefined) return expr.literal;
    const result = writer.evaluator.scalars("float32").cast(splat(expr, width), "float32");
    const name = writer.scope.freshName("read");
    const body = [...writer.scope.lines, `return ${result.text};`];
    this.functions.push(
      `fn ${name}(b: i32, i: i32, ${column}: i32) -> ${wgslType("float32", width)} {\n${indent(body)}\n}`,
    );
    return (batch, row, at) => `${name}(${batch}, ${row}, ${at})`;
  }

  private open(value: Value, width: Width): { writer: PartWriter; column: string } {
    const taken = width === 4;
    const column = taken ? "cq" : "c";
    const replacements = new Map<string, Index>(taken ? [["c", inLanes("cq", value.shape.at(-1)!)]] : []);
    return { writer: new PartWriter(this.context, this.kernel, ["b", "i", column], replacements), column };
  }

  private isOfRows(value: Value): boolean {
    return value.shape.length === this.domain.node.inputs[0]!.shape.length;
  }

  /** Batch `b`, row `i`, column `c`; of numbers, one a query, there is no column. The bias stretches. */
  private position(value: Value): Position {
    const [q, , , bias] = this.domain.node.inputs;
    const outer = q!.shape.slice(0, -2);
    const isOfRows = value === bias || this.isOfRows(value);
    const own =
      value === bias ? [this.domain.queries, this.domain.keys] : value.shape.slice(isOfRows ? -2 : -1);
    const whole = [
      ...positionOf(symbol("b", this.domain.batch), outer),
      ...own.map((size, k) => symbol(k === 0 ? "i" : "c", size)),
    ];
    const added = whole.length - value.shape.length;
    return value.shape.map((size, axis) => (size === 1 ? constantIndex(0) : whole[added + axis]!));
  }
}

/** Scalar functions as text, for expressions short enough to need no names. */
export function textScalars(context: KernelContext): WgslScalars {
  const emitter = {
    bind: (): WgslExpr => {
      throw bug("an expression of attention needs a name");
    },
    need: (helper: string) => context.need(helper),
  };
  return new WgslScalars("float32", emitter, { fastMath: context.target.fastMath ?? false });
}
