import {
  bug,
  type DType,
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
/** Steps of a loop over columns that are accumulated in one run. */
const BLOCK_STEPS = 32;
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
    const isBlocked = accumulators.length > 0 && this.steps > BLOCK_STEPS;
    const body = scope.inner([this.column]);
    evaluator.scope = body;
    for (const accumulator of accumulators) {
      this.accumulate(accumulator, isBlocked ? accumulator.partial : accumulator.total, body);
    }
    for (const value of stores) body.lines.push(evaluator.store(value, this.writer.placeOf(value)));
    evaluator.scope = scope;
    if (isBlocked) this.pushBlocks(accumulators, body);
    else scope.lines.push(this.loopHead("zero", `${this.steps}`), indent(body.lines), "}");
    for (const accumulator of accumulators) this.closeAccumulator(accumulator);
  }

  /** Steps that one thread takes over the columns. */
  private get steps(): number {
    const { columns } = this.domain;
    const count = this.lanes === "columns" ? columns / 4 : columns;
    return this.variant === "workgroup" ? Math.ceil(count / ROW_THREADS) : count;
  }

  /**
   * Blocks of steps, each with accumulators of its own: the error of a sum in float32 grows with the length of a run
   * of additions, so two short runs are more exact than a long one (pairwise summation, two levels deep).
   */
  private pushBlocks(accumulators: readonly Accumulator[], body: Scope): void {
    const { scope, evaluator } = this.writer;
    const outer = scope.inner([]);
    evaluator.scope = outer;
    const opened = accumulators.map(({ partial, start }) => `var ${partial} = ${start};`);
    const closed = accumulators.map(({ dtype, op, total, partial, width }) => {
      const part = (text: string): WgslExpr => ({ text, dtype, width });
      return `${total} = ${op.combine(part(total), part(partial), evaluator.scalars(dtype)).text};`;
    });
    evaluator.scope = scope;
    const end = `min(block + ${BLOCK_STEPS}, ${this.steps})`;
    scope.lines.push(
      `for (var block = zero; block < ${this.steps}; block += ${BLOCK_STEPS}) {`,
      indent([...opened, this.loopHead("block", end), indent(body.lines), "}", ...outer.lines, ...closed]),
      "}",
    );
  }

  private loopHead(from: string, end: string): string {
    if (this.variant === "thread") {
      return `for (var ${this.column} = ${from}; ${this.column} < ${end}; ${this.column}++) {`;
    }
    const { columns } = this.domain;
    const count = this.lanes === "columns" ? columns / 4 : columns;
    return `for (var step = ${from}; step < ${end}; step++) {
  let ${this.column} = step * ${ROW_THREADS} + lid;
  if (${this.column} >= ${count}) { break; }`;
  }

  private openAccumulator(value: Value): Accumulator {
    const op = value.node!.op;
    if (op.kind !== "reduce") throw bug(`${op.name} is not a reduction`);
    const operand = value.node!.inputs[0]!;
    const width = this.lanes === "none" ? 1 : 4;
    const { scope, evaluator } = this.writer;
    const total = scope.freshName("acc");
    const partial = scope.freshName("part");
    const dtype = sumDType(value.dtype);
    const identity = evaluator.scalars(dtype).literal(op.identity(dtype), dtype);
    const start = `${wgslType(dtype, width)}(${identity.text})`;
    scope.lines.push(`var ${total} = ${start};`);
    return { value, dtype, op, operand, total, partial, start, width };
  }

  private accumulate({ dtype, op, operand, width }: Accumulator, name: string, body: Scope): void {
    const { evaluator } = this.writer;
    const scalars = evaluator.scalars(dtype);
    const element = evaluator.at(operand, this.writer.position(rowPosition(this.domain)));
    const sum: WgslExpr = { text: name, dtype, width };
    const combined = op.combine<WgslExpr>(sum, scalars.cast(element, dtype), scalars);
    body.lines.push(`${name} = ${combined.text};`);
  }

  /** Brings lanes, and in the workgroup variant threads, together; from here on the row knows its result. */
  private closeAccumulator({ value, dtype, op, total, width }: Accumulator): void {
    const { scope, evaluator } = this.writer;
    const scalars = evaluator.scalars(dtype);
    const part = (text: string): WgslExpr => ({ text, dtype, width: 1 });
    let result: WgslExpr = { text: total, dtype, width };
    if (this.lanes === "columns") {
      const [a, b, c, d] = [0, 1, 2, 3].map((lane) => part(`${total}[${lane}]`));
      result = op.combine(op.combine(a!, b!, scalars), op.combine(c!, d!, scalars), scalars);
    }
    if (this.variant === "workgroup") result = this.acrossThreads(op, result);
    result = scalars.cast(result, value.dtype);
    const named = { ...result, text: scope.bind("v", result.text) };
    evaluator.results.set(value, { at: this.writer.placeOf(value), expr: named });
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

/** In what is summed: a float16 loses what it adds after a few hundred terms. */
function sumDType(dtype: DType): DType {
  return dtype === "float16" ? "float32" : dtype;
}

interface Accumulator {
  readonly value: Value;
  /** Of the variables; `sumDType` of the value's. */
  readonly dtype: DType;
  readonly op: ReduceOp;
  readonly operand: Value;
  /** The variable of the whole row, and that of one block of it. */
  readonly total: string;
  readonly partial: string;
  /** What both begin with. */
  readonly start: string;
  readonly width: 1 | 4;
}

function substituteOne(index: Index, name: string, by: Index): Index {
  return substitute(index, new Map([[name, by]]));
}
