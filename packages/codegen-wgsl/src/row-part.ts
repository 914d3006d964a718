import {
  bug,
  type Index,
  type KernelGroup,
  linearIndex,
  type ReduceOp,
  type RowDomain,
  rowPosition,
  substitute,
  type Target,
  type Value,
} from "@weftjs/ir";
import { inLanes, vectorIndex } from "./evaluator.js";
import { type KernelContext, type Part, PartWriter } from "./part.js";
import { reductionPhases } from "./phases.js";
import { type WgslExpr, wgslType } from "./scalar/index.js";
import { indent, type Scope } from "./scope.js";

/**
 * A loop over the columns of each row, as often as reductions wait for each other: softmax needs the maximum, then
 * the sum, then writes. Two variants: a thread a row, which suits adapters where barriers are dear and reductions
 * whose rows lie side by side; and a workgroup a row, which reads long rows coalesced.
 */
export function rowPart(context: KernelContext, kernel: KernelGroup): Part {
  const domain = kernel.group.domain as RowDomain;
  const variant = chooseVariant(domain, context.target);
  const lanes = chooseLanes(kernel, variant);
  return new RowWriter(context, kernel, variant, lanes).write();
}

type Variant = "thread" | "workgroup";
/** Which symbol is taken four at a time. */
type Lanes = "rows" | "columns" | "none";

/** Threads that share a row in the workgroup variant. */
export const ROW_THREADS = 64;
/** Rows from which a thread a row fills any GPU. */
const MANY_ROWS = 1 << 16;

function chooseVariant({ shape, axes, rows, columns }: RowDomain, target: Target): Variant {
  if (target.kind === "software" || columns < ROW_THREADS || rows >= MANY_ROWS) return "thread";
  const isTrailing = axes.every((axis, k) => axis === shape.length - axes.length + k);
  return isTrailing ? "workgroup" : "thread";
}

/** Takes vectors along the axis in which what is read and written lies together in memory. */
function chooseLanes(kernel: KernelGroup, variant: Variant): Lanes {
  const { rows, columns, shape } = kernel.group.domain as RowDomain;
  const full = linearIndex(rowPosition(kernel.group.domain as RowDomain), shape);
  const isContiguous = (name: string, size: number): boolean => {
    return size % 4 === 0 && vectorIndex(substituteOne(full, name, inLanes(`${name}q`, size))) !== undefined;
  };
  if (isContiguous("k", columns)) return "columns";
  if (variant === "thread" && isContiguous("r", rows)) return "rows";
  return "none";
}

class RowWriter {
  private readonly domain: RowDomain;
  private readonly writer: PartWriter;
  private readonly row: string;
  private readonly column: string;
  private readonly declarations: string[] = [];

  constructor(
    context: KernelContext,
    private readonly kernel: KernelGroup,
    private readonly variant: Variant,
    private readonly lanes: Lanes,
  ) {
    this.domain = kernel.group.domain as RowDomain;
    this.row = lanes === "rows" ? "rq" : "r";
    this.column = lanes === "columns" ? "kq" : "k";
    const replacements = new Map<string, Index>();
    if (lanes === "rows") replacements.set("r", inLanes("rq", this.domain.rows));
    if (lanes === "columns") replacements.set("k", inLanes("kq", this.domain.columns));
    this.writer = new PartWriter(context, kernel, [this.row], replacements);
  }

  write(): Part {
    const { scope } = this.writer;
    const count = this.lanes === "rows" ? this.domain.rows / 4 : this.domain.rows;
    scope.lines.push(
      `if (t >= ${count}) { return; }`,
      `let ${this.row} = t;`,
      // Zero, which no compiler knows: Mesa unrolls short loops with known ends, which takes seconds to compile.
      `let zero = t / ${count};`,
    );
    const phases = reductionPhases(this.kernel);
    for (const [phase, reductions] of phases.reductions.entries()) {
      this.loop(reductions, phases.fullStores.get(phase) ?? []);
    }
    const rest = phases.fullStores.get(phases.reductions.length) ?? [];
    if (rest.length > 0) this.loop([], rest);
    this.storeRows();
    const spread = this.variant === "workgroup" ? "workgroups" : "threads";
    return { spread, count, body: scope.lines, declarations: this.declarations };
  }

  /** One pass over the columns: feeds these reductions and writes these values. */
  private loop(reductions: readonly Value[], stores: readonly Value[]): void {
    const { scope, evaluator } = this.writer;
    const accumulators = reductions.map((value) => this.openAccumulator(value));
    const body = scope.inner([this.column]);
    evaluator.scope = body;
    for (const accumulator of accumulators) this.accumulate(accumulator, body);
    for (const value of stores) body.lines.push(evaluator.store(value, this.writer.placeOf(value)));
    evaluator.scope = scope;
    scope.lines.push(this.loopHead(), indent(body.lines), "}");
    for (const accumulator of accumulators) this.closeAccumulator(accumulator);
  }

  private loopHead(): string {
    const { columns } = this.domain;
    const count = this.lanes === "columns" ? columns / 4 : columns;
    const [from, step] = this.variant === "workgroup" ? ["lid", ROW_THREADS] : ["zero", 1];
    return `for (var ${this.column} = ${from}; ${this.column} < ${count}; ${this.column} += ${step}) {`;
  }

  private openAccumulator(value: Value): Accumulator {
    const op = value.node!.op;
    if (op.kind !== "reduce") throw bug(`${op.name} is not a reduction`);
    const operand = value.node!.inputs[0]!;
    const width = this.lanes === "none" ? 1 : 4;
    const name = this.writer.scope.freshName("acc");
    const identity = this.writer.evaluator
      .scalars(value.dtype)
      .literal(op.identity(value.dtype), value.dtype);
    const type = wgslType(value.dtype, width);
    this.writer.scope.lines.push(`var ${name} = ${type}(${identity.text});`);
    return { value, op, operand, name, width };
  }

  private accumulate({ value, op, operand, name, width }: Accumulator, body: Scope): void {
    const { evaluator } = this.writer;
    const element = evaluator.at(operand, this.writer.position(rowPosition(this.domain)));
    const combined = op.combine<WgslExpr>(
      { text: name, dtype: value.dtype, width },
      element,
      evaluator.scalars(value.dtype),
    );
    body.lines.push(`${name} = ${combined.text};`);
  }

  /** Brings lanes, and in the workgroup variant threads, together; from here on the row knows its result. */
  private closeAccumulator({ value, op, name, width }: Accumulator): void {
    const { scope, evaluator } = this.writer;
    const scalars = evaluator.scalars(value.dtype);
    const part = (text: string): WgslExpr => ({ text, dtype: value.dtype, width: 1 });
    let result: WgslExpr = { text: name, dtype: value.dtype, width };
    if (this.lanes === "columns") {
      const [a, b, c, d] = [0, 1, 2, 3].map((lane) => part(`${name}[${lane}]`));
      result = op.combine(op.combine(a!, b!, scalars), op.combine(c!, d!, scalars), scalars);
    }
    if (this.variant === "workgroup") result = this.acrossThreads(op, result);
    const named = { ...result, text: scope.bind("v", result.text) };
    evaluator.results.set(value, { key: this.resultKey(value), expr: named });
  }

  private acrossThreads(op: ReduceOp, own: WgslExpr): WgslExpr {
    const { scope, evaluator } = this.writer;
    const shared = scope.freshName("shared");
    const memory = own.dtype === "bool" ? "bool" : wgslType(own.dtype, 1);
    this.declarations.push(`var<workgroup> ${shared}: array<${memory}, ${ROW_THREADS}>;`);
    const body = scope.inner([]);
    evaluator.scope = body;
    const element = (text: string): WgslExpr => ({ text, dtype: own.dtype, width: 1 });
    const sum = op.combine(
      element(`${shared}[lid]`),
      element(`${shared}[lid + stride]`),
      evaluator.scalars(own.dtype),
    );
    body.lines.push(`${shared}[lid] = ${sum.text};`);
    evaluator.scope = scope;
    scope.lines.push(
      `${shared}[lid] = ${own.text};`,
      `workgroupBarrier();`,
      `for (var stride = ${ROW_THREADS / 2}; stride > 0; stride /= 2) {`,
      `  if (lid < stride) {`,
      indent([indent(body.lines)]),
      `  }`,
      `  workgroupBarrier();`,
      `}`,
    );
    return element(`${shared}[0]`);
  }

  private resultKey(value: Value): string {
    return this.writer
      .placeOf(value)
      .map((index) => index.key)
      .join(";");
  }

  /** Values once a row are written after all loops, by one thread. */
  private storeRows(): void {
    const { scope, evaluator } = this.writer;
    const stores = this.kernel.stores.filter((value) => this.kernel.group.places.get(value)!.level === "row");
    if (stores.length === 0) return;
    const statements = stores.map((value) => evaluator.store(value, this.writer.placeOf(value)));
    if (this.variant === "workgroup") scope.lines.push("if (lid == 0) {", indent(statements), "}");
    else scope.lines.push(...statements);
  }
}

interface Accumulator {
  readonly value: Value;
  readonly op: ReduceOp;
  readonly operand: Value;
  readonly name: string;
  readonly width: 1 | 4;
}

function substituteOne(index: Index, name: string, by: Index): Index {
  return substitute(index, new Map([[name, by]]));
}
