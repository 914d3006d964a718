import type { AttentionDomain, KernelGroup, Value } from "@weftjs/ir";
import type { KernelContext } from "../part.js";
import type { WgslExpr, WgslScalars } from "../scalar/index.js";
import { indent } from "../scope.js";
import { AttentionMemory, lanesOf, type Reader, textScalars, vectorsOf, vectorType } from "./memory.js";
import type { AttentionPass } from "./passes.js";

/** Rows of the inner side that one step takes, as the lanes of a vector. */
export const STEP = 4;

/** How a variant of the kernel works. */
export interface StepOptions {
  /** Rows of the outer side that a thread has. */
  readonly rows: number;
  /** The start of short loops. */
  readonly zero: string;
  /** Text of vector `column` of row `j` of a value of the inner side. */
  inner(value: Value, j: string, column: string): string;
  outer(value: Value, row: string, column: string): string;
}

/** Bits of -Infinity, which drivers may assume not to occur where it is compared. */
const MINUS_INFINITY = "0xff800000u";

/**
 * The code of one thread: variables before the loop, the step of the loop, in which `n` is the first of four rows of the
 * inner side, and what is written after it. Symbols: `b` the batch, `i0` the first row, `r0`… its rows, kept in range.
 */
export class StepWriter {
  readonly memory: AttentionMemory;
  readonly outerCount: number;
  readonly innerCount: number;
  readonly isCausal: boolean;
  private readonly rows: readonly number[];
  private readonly bias: Reader | number;
  private readonly scalars: WgslScalars;
  private readonly scale: string;

  constructor(
    context: KernelContext,
    private readonly kernel: KernelGroup,
    private readonly domain: AttentionDomain,
    readonly pass: AttentionPass,
    private readonly options: StepOptions,
  ) {
    this.memory = new AttentionMemory(context, kernel, domain);
    this.scalars = textScalars(context);
    [this.outerCount, this.innerCount] = pass.isByQuery
      ? [domain.queries, domain.keys]
      : [domain.keys, domain.queries];
    this.isCausal = domain.node.attrs.causal === true;
    this.rows = Array.from({ length: options.rows }, (_, r) => r);
    this.bias = this.memory.bias(domain.node.inputs[3]!);
    this.scale = this.scalars.literal(domain.node.attrs.scale as number).text;
  }

  open(): string[] {
    const { pass, rows, outerCount } = this;
    const last = outerCount - 1;
    const lines = rows.map((r) => `let r${r} = min(i0 + ${r}, ${last});`);
    lines.push(`var acc: array<${vectorType(pass.summed)}, ${rows.length * vectorsOf(pass.summed)}>;`);
    const count = rows.length;
    if (!pass.statistics) {
      // By row, as one loop's code serves all: exponentials are long, and compilers copy them where they are called.
      lines.push(`var tops: array<f32, ${count}>;`, `var totals: array<f32, ${count}>;`);
      for (const r of rows) lines.push(`tops[${r}] = ${this.scalars.literal(-Infinity).text};`);
      lines.push(`var keeps: array<f32, ${count}>;`);
    } else if (pass.isByQuery) {
      lines.push(...this.perRow("logs", pass.statistics.logSum));
      if (pass.pull) lines.push(...this.perRow("shifts", pass.statistics.shift));
    }
    lines.push(`var w: array<vec4f, ${count}>;`);
    if (this.isGuarded) lines.push(`var seen: array<vec4<bool>, ${count}>;`);
    if (pass.pull) lines.push(`var pulls: array<vec4f, ${count}>;`);
    return lines;
  }

  private perRow(name: string, value: Value): string[] {
    const read = this.memory.numbers(value);
    return [
      `var ${name}: array<f32, ${this.rows.length}>;`,
      ...this.rows.map((r) => `${name}[${r}] = ${read("b", `r${r}`, "0")};`),
    ];
  }

  body(): string[] {
    const { pass } = this;
    const last = this.innerCount - 1;
    const isWhole = this.innerCount % STEP === 0;
    const lines = lanes((j) => `let j${j} = ${isWhole ? `n + ${j}` : `min(n + ${j}, ${last})`};`);
    lines.push(...this.products("d", pass.outer, pass.inner));
    for (const r of this.rows) lines.push(...this.score(r));
    lines.push(...(pass.statistics ? this.gradientWeights(pass.statistics) : this.softmax()));
    lines.push(...this.sums());
    return lines;
  }

  /** `d00`…: the products of each own row with each of the step's, as vectors of partial sums. */
  private products(name: string, outer: Value, inner: Value): string[] {
    const type = vectorType(outer);
    const { zero } = this.options;
    const each = (line: (r: number, j: number) => string): string[] =>
      this.rows.flatMap((r) => lanes((j) => line(r, j)));
    return [
      ...each((r, j) => `var ${name}${r}${j} = ${type}(0);`),
      `for (var c = ${zero}; c < ${vectorsOf(outer)}; c++) {`,
      indent([
        ...lanes((j) => `let y${j} = ${this.options.inner(inner, `j${j}`, "c")};`),
        ...this.rows.map((r) => `let x${r} = ${this.options.outer(outer, `r${r}`, "c")};`),
        ...each((r, j) => `${name}${r}${j} += x${r} * y${j};`),
      ]),
      "}",
    ];
  }

  /** The scores of one row as a vector, until they become weights, and which of them count. */
  private score(r: number): string[] {
    const sums = lanes((j) => sumOf(`d${r}${j}`, this.pass.outer)).join(", ");
    const bias = this.biasText(r);
    const score = `${this.scale} * vec4f(${sums})${bias ? ` + bias${r}` : ""}`;
    const ranges = this.ranges(r);
    // Out is out, even of a product that is NaN.
    if (typeof this.bias !== "number") ranges.push(`(bitcast<vec4u>(bias${r}) != vec4u(${MINUS_INFINITY}))`);
    const lines = bias ? [`let bias${r} = ${bias};`] : [];
    if (ranges.length === 0) return [...lines, `w[${r}] = ${score};`];
    const out = `vec4f(${this.scalars.literal(-Infinity).text})`;
    return [...lines, `w[${r}] = select(${out}, ${score}, ${ranges.join(" & ")});`];
  }

  private biasText(r: number): string | undefined {
    const { bias } = this;
    if (typeof bias === "number") return bias === 0 ? undefined : this.scalars.literal(bias).text;
    const each = lanes((j) =>
      this.pass.isByQuery ? bias("b", `r${r}`, `j${j}`) : bias("b", `j${j}`, `r${r}`),
    );
    return `vec4f(${each.join(", ")})`;
  }

  /** Which of the step's rows there are, and may be seen. */
  private ranges(r: number): string[] {
    const numbers = "(vec4i(n) + vec4i(0, 1, 2, 3))";
    const ranges: string[] = [];
    if (this.innerCount % STEP !== 0) ranges.push(`(${numbers} < vec4i(${this.innerCount}))`);
    if (this.isCausal) ranges.push(`(${numbers} ${this.pass.isByQuery ? "<=" : ">="} vec4i(r${r}))`);
    return ranges;
  }

  /** Whether a score may be -Infinity because its key is not to be seen. */
  private get isGuarded(): boolean {
    return this.ranges(0).length > 0 || typeof this.bias !== "number" || !Number.isFinite(this.bias);
  }

  /** A loop over the rows of this thread, from `w` the scores to `w` the weights. */
  private eachRow(lines: readonly string[]): string[] {
    const seen = `seen[r] = bitcast<vec4u>(w[r]) != vec4u(${MINUS_INFINITY});`;
    return [
      `for (var r = ${this.options.zero}; r < ${this.rows.length}; r++) {`,
      indent(this.isGuarded ? [seen, ...lines] : lines),
      "}",
    ];
  }

  /** Online: sums are of the largest score so far; what came before is scaled down to it. */
  private softmax(): string[] {
    return this.eachRow([
      "let s = w[r];",
      "let high = max(tops[r], max(max(s.x, s.y), max(s.z, s.w)));",
      // Of nothing but -Infinity any number but that is as good: exponentials are 0, not NaN.
      `let base = select(high, 0f, bitcast<u32>(high) == ${MINUS_INFINITY});`,
      `let e = ${this.exp("(s - base)", 4)};`,
      `keeps[r] = ${this.exp("(tops[r] - base)", 1)};`,
      "totals[r] = totals[r] * keeps[r] + ((e.x + e.y) + (e.z + e.w));",
      "tops[r] = high;",
      "w[r] = e;",
    ]);
  }

  private gradientWeights({ logSum, shift }: { logSum: Value; shift: Value }): string[] {
    const { pull, isByQuery } = this.pass;
    const perLane = (value: Value): string =>
      `vec4f(${lanes((j) => this.memory.numbers(value)("b", `j${j}`, "0")).join(", ")})`;
    const lines: string[] = [];
    if (!isByQuery) lines.push(`let logs = ${perLane(logSum)};`);
    if (!isByQuery && pull) lines.push(`let shifts = ${perLane(shift)};`);
    if (pull) {
      lines.push(...this.products("e", pull.outer, pull.inner));
      for (const r of this.rows)
        lines.push(`pulls[${r}] = vec4f(${lanes((j) => sumOf(`e${r}${j}`, pull.outer)).join(", ")});`);
    }
    const [log, shifted] = isByQuery ? ["logs[r]", "shifts[r]"] : ["logs", "shifts"];
    const weight = `${this.exp(`(w[r] - ${log})`, 4)}${pull ? ` * (pulls[r] - ${shifted})` : ""}`;
    lines.push(
      ...this.eachRow([`w[r] = ${this.isGuarded ? `select(vec4f(0), ${weight}, seen[r])` : weight};`]),
    );
    return lines;
  }

  /** Adds the step's vectors by weight. What is not seen is not even multiplied: 0 times its infinities is NaN. */
  private sums(): string[] {
    const { summed, statistics } = this.pass;
    const count = vectorsOf(summed);
    const type = vectorType(summed);
    const term = (r: number, j: number): string => {
      const text = `w${r}[${j}] * y${j}`;
      return this.isGuarded ? `select(${type}(0), ${text}, seen${r}[${j}])` : text;
    };
    return [
      ...this.rows.map((r) => `let w${r} = w[${r}];`),
      ...(this.isGuarded ? this.rows.map((r) => `let seen${r} = seen[${r}];`) : []),
      ...(statistics ? [] : this.rows.map((r) => `let keep${r} = keeps[${r}];`)),
      `for (var c = ${this.options.zero}; c < ${count}; c++) {`,
      indent([
        ...lanes((j) => `let y${j} = ${this.options.inner(summed, `j${j}`, "c")};`),
        ...this.rows.map((r) => {
          const at = `acc[${r * count} + c]`;
          const [a, b, c, d] = lanes((j) => term(r, j));
          return `${at} = ${statistics ? at : `${at} * keep${r}`} + ((${a} + ${b}) + (${c} + ${d}));`;
        }),
      ]),
      "}",
    ];
  }

  close(): string[] {
    const [output, logSum] = this.domain.node.outputs;
    const { statistics, summed } = this.pass;
    const count = vectorsOf(summed);
    const isStored = (value: Value | undefined): value is Value =>
      !!value && this.kernel.stores.includes(value);
    const write = isStored(output) ? this.memory.writer(output) : undefined;
    const writeLog = isStored(logSum) ? this.memory.writer(logSum) : undefined;
    // Of a query that sees nothing all sums are 0.
    const factor = statistics ? this.factor : "select(1f / totals[r], 0f, totals[r] == 0f)";
    const lines: string[] = ["let i = i0 + r;", `if (i >= ${this.outerCount}) { break; }`];
    if (write)
      lines.push(
        `let factor = ${factor};`,
        `for (var c = ${this.options.zero}; c < ${count}; c++) { ${write("b", "i", "c", `acc[r * ${count} + c] * factor`)} }`,
      );
    if (writeLog) lines.push(writeLog("b", "i", "0", `tops[r] + ${this.log("totals[r]")}`));
    return [`for (var r = ${this.options.zero}; r < ${this.rows.length}; r++) {`, indent(lines), "}"];
  }

  /** What remains to be done to a gradient's sums. */
  private get factor(): string {
    return this.pass.pull ? this.scale : "1f";
  }

  private exp(text: string, width: 1 | 4): string {
    return this.scalars.exp(floats(text, width)).text;
  }

  private log(text: string): string {
    return this.scalars.log(floats(text, 1)).text;
  }
}

function floats(text: string, width: 1 | 4): WgslExpr {
  return { text, dtype: "float32", width };
}

function lanes(line: (j: number) => string): string[] {
  return Array.from({ length: STEP }, (_, j) => line(j));
}

/** The sum of a vector's lanes. */
function sumOf(name: string, of: Value): string {
  return lanesOf(of.shape.at(-1)!) === 4 ? `((${name}.x + ${name}.y) + (${name}.z + ${name}.w))` : name;
}
