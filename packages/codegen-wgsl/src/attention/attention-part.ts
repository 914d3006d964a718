import { type AttentionDomain, type KernelGroup, type Target, type Value } from "@weftjs/ir";
import type { KernelContext, Part } from "../part.js";
import { indent } from "../scope.js";
import { vectorsOf, vectorType } from "./memory.js";
import { attentionPass } from "./passes.js";
import { STEP, StepWriter } from "./step.js";

/**
 * Attention by online softmax (Milakov and Gimelshein, arXiv 1805.02867; Dao et al., arXiv 2205.14135): a row's sums are
 * scaled down whenever a larger score is met, so that one loop over the keys does for scores of any size. Two variants:
 *
 * - *tiles*, for GPUs: a thread a row; the threads of a workgroup bring rows of the other side to workgroup memory
 *   together, as many as fit, and all read them there.
 * - *direct*, for software adapters, where a barrier costs more than what it shares, and for rows so long that no tile of
 *   them fits: a thread takes two rows, so that what it reads serves twice. Four were no faster on SwiftShader, and took
 *   half as long again to compile.
 */
export function attentionPart(context: KernelContext, kernel: KernelGroup): Part {
  const domain = kernel.group.domain as AttentionDomain;
  const tileRows = context.target.kind === "gpu" ? tileRowsOf(domain, context.target) : 0;
  return tileRows > 0
    ? new TilePart(context, kernel, domain, tileRows).write()
    : new DirectPart(context, kernel, domain).write();
}

/** Threads in a workgroup, as of all parts. */
const THREADS = 64;
const MOST_TILE_ROWS = 32;

/** How many rows of both operands of the inner side fit in workgroup memory; 0 where not one step's. */
function tileRowsOf({ depth, width }: AttentionDomain, target: Target): number {
  const steps = Math.floor(target.maxWorkgroupMemoryBytes / ((depth + width) * 4) / STEP);
  return Math.min(MOST_TILE_ROWS, steps * STEP);
}

/** Rows of a thread that reads straight from memory. */
const ROWS = 2;

/** A thread for a few rows, straight from memory. */
class DirectPart {
  private readonly step: StepWriter;

  constructor(
    context: KernelContext,
    kernel: KernelGroup,
    private readonly domain: AttentionDomain,
  ) {
    const pass = attentionPass(domain);
    this.step = new StepWriter(context, kernel, domain, pass, {
      rows: ROWS,
      // Zero that no compiler knows: Mesa unrolls short loops with known ends, which takes seconds to compile.
      zero: "zero",
      inner: (value, j, column) => this.step.memory.rows(value)("b", j, column),
      outer: (value, row, column) => this.step.memory.rows(value)("b", row, column),
    });
  }

  write(): Part {
    const { step, domain } = this;
    const groups = Math.ceil(step.outerCount / ROWS);
    const count = domain.batch * groups;
    const isUpper = step.isCausal && !step.pass.isByQuery;
    const end =
      step.isCausal && step.pass.isByQuery ? `min(${step.innerCount}, i0 + ${ROWS})` : `${step.innerCount}`;
    const body = [
      `if (t >= ${count}) { return; }`,
      `let zero = t / ${count};`,
      `let b = t / ${groups};`,
      `let i0 = (t % ${groups}) * ${ROWS};`,
      ...step.open(),
      `for (var n = ${isUpper ? `i0 - i0 % ${STEP}` : "zero"}; n < ${end}; n += ${STEP}) {`,
      indent(step.body()),
      "}",
      ...step.close(),
    ];
    return { spread: "threads", count, body, declarations: step.memory.functions };
  }
}

/** A thread a row, the other side in tiles. */
class TilePart {
  private readonly step: StepWriter;
  private readonly declarations: string[] = [];
  private readonly loads: string[] = [];
  private readonly tiles = new Map<Value, string>();
  private readonly owned = new Map<Value, string>();
  private readonly owns: string[] = [];

  constructor(
    private readonly context: KernelContext,
    kernel: KernelGroup,
    private readonly domain: AttentionDomain,
    private readonly tileRows: number,
  ) {
    const pass = attentionPass(domain);
    this.step = new StepWriter(context, kernel, domain, pass, {
      rows: 1,
      // Known, so that drivers unroll and keep small arrays in registers.
      zero: "0",
      inner: (value, j, column) => `${this.tileOf(value)}[(${j} - tile) * ${vectorsOf(value)} + ${column}]`,
      outer: (value, _row, column) => `${this.ownOf(value)}[${column}]`,
    });
  }

  write(): Part {
    const { step, domain, tileRows } = this;
    const groups = Math.ceil(step.outerCount / THREADS);
    const count = domain.batch * groups;
    const isUpper = step.isCausal && !step.pass.isByQuery;
    const end =
      step.isCausal && step.pass.isByQuery
        ? `min(${step.innerCount}, first + ${THREADS})`
        : `${step.innerCount}`;
    const stepBody = step.body();
    const body = [
      `if (t >= ${count}) { return; }`,
      `let b = t / ${groups};`,
      `let first = (t % ${groups}) * ${THREADS};`,
      "let i0 = first + lid;",
      ...step.open(),
      ...this.owns,
      `for (var tile = ${isUpper ? "first" : "0"}; tile < ${end}; tile += ${tileRows}) {`,
      indent([
        ...this.loads,
        "workgroupBarrier();",
        `for (var n = tile; n < min(tile + ${tileRows}, ${end}); n += ${STEP}) {`,
        indent(stepBody),
        "}",
        "workgroupBarrier();",
      ]),
      "}",
      ...step.close(),
    ];
    const declarations = [...this.declarations, ...step.memory.functions];
    return { spread: "workgroups", count, body, declarations };
  }

  private tileOf(value: Value): string {
    const known = this.tiles.get(value);
    if (known) return known;
    const name = this.context.names.next("tile");
    this.tiles.set(value, name);
    const vectors = vectorsOf(value);
    const size = this.tileRows * vectors;
    const row = `min(tile + e / ${vectors}, ${this.step.innerCount - 1})`;
    this.declarations.push(`var<workgroup> ${name}: array<${vectorType(value)}, ${size}>;`);
    this.loads.push(
      `for (var e = lid; e < ${size}; e += ${THREADS}) {`,
      `  ${name}[e] = ${this.step.memory.rows(value)("b", row, `e % ${vectors}`)};`,
      "}",
    );
    return name;
  }

  private ownOf(value: Value): string {
    const known = this.owned.get(value);
    if (known) return known;
    const name = `own${this.owned.size}`;
    this.owned.set(value, name);
    const vectors = vectorsOf(value);
    this.owns.push(
      `var ${name}: array<${vectorType(value)}, ${vectors}>;`,
      `for (var c = 0; c < ${vectors}; c++) { ${name}[c] = ${this.step.memory.rows(value)("b", "r0", "c")}; }`,
    );
    return name;
  }
}
