import { component, plus, range, repeat } from "./text.js";
import type { FixedRead, MatmulOperand, MatmulView } from "./view.js";

/** The sums of one thread: for each row a vec4f for 4 columns, or one f32 a column where there are fewer than 4. */
export interface Sums {
  readonly rows: number;
  readonly width: 1 | 4;
  /** Sums of a row. */
  readonly groups: number;
}

/** One side of a block's products: what is read at each step of the inner axis. */
export interface Side {
  /** Statements before the loop. */
  readonly before: string;
  /** Statements at a step. */
  readonly lines: string;
  /** The factors, after these: by row on the left, by group of columns on the right. */
  readonly factors: readonly string[];
}

export const sumName = (row: number, group: number): string => `sum${row}_${group}`;

export const sumsOf = (rows: number, columns: number): Sums =>
  columns < 4 ? { rows, width: 1, groups: columns } : { rows, width: 4, groups: columns / 4 };

export const declareSums = ({ rows, width, groups }: Sums): string =>
  repeat(rows, (row) =>
    repeat(groups, (group) => `var ${sumName(row, group)} = ${width === 4 ? "vec4f()" : "0f"};`),
  );

/** A column of A times a row of B, step by step along the inner axis; the loop starts at the name `zero`. */
export function outerLoop({ k }: MatmulView, { rows, groups }: Sums, left: Side, right: Side): string {
  const product = (row: number, group: number): string =>
    `${sumName(row, group)} += ${left.factors[row]!} * ${right.factors[group]!};`;
  return `${right.before}
  ${left.before}
  for (var inner = zero; inner < ${k}; inner++) {
    ${right.lines}
    ${left.lines}
    ${repeat(rows, (row) => repeat(groups, (group) => product(row, group)))}
  }`;
}

/** Rows of A that a thread reads for itself, from the name `top` on. */
export function ownRows(view: MatmulView, rows: number): Side {
  const byVec4 = view.a.vec4Along === "row" && view.m % 4 === 0 && rows % 4 === 0;
  const reads = range(byVec4 ? rows / 4 : rows).map((i) =>
    byVec4
      ? readAt(view.a, "row", "vec4", `a${i}_`, plus("top", 4 * i))
      : readAt(view.a, "row", "element", `a${i}_`, plus("top", i)),
  );
  return {
    ...sideOf(reads, "left"),
    factors: range(rows).map((row) =>
      byVec4 ? component(`left${Math.floor(row / 4)}`, row % 4) : `left${row}`,
    ),
  };
}

/** Columns of B that a thread reads for itself, from the name `start` on. */
export function ownColumns(view: MatmulView, { width, groups }: Sums): Side {
  const reads = range(groups).map((group): FixedRead => {
    const element = (offset: number): FixedRead =>
      readAt(view.b, "col", "element", `b${offset}_`, plus("start", offset));
    if (width === 1) return element(group);
    if (view.b.vec4Along === "col" && view.n % 4 === 0) {
      return readAt(view.b, "col", "vec4", `b${4 * group}_`, plus("start", 4 * group));
    }
    const elements = range(4).map((lane) => element(4 * group + lane));
    return {
      before: elements.map(({ before }) => before).join("\n"),
      at: (inner) => `vec4f(${elements.map(({ at }) => at(inner)).join(", ")})`,
    };
  });
  return { ...sideOf(reads, "right"), factors: range(groups).map((group) => `right${group}`) };
}

/** Reads as statements that name what they read `name0`, `name1`, … */
export function sideOf(reads: readonly FixedRead[], name: string): Omit<Side, "factors"> {
  return {
    before: reads.map(({ before }) => before).join("\n"),
    lines: repeat(reads.length, (i) => `let ${name}${i} = ${reads[i]!.at("inner")};`),
  };
}

/** Reads along the inner axis, in float32. `id`: a prefix for names, one for each `outer`. */
export function readAt(
  operand: MatmulOperand,
  outerAxis: "row" | "col",
  read: "element" | "vec4",
  id: string,
  outer: string,
): FixedRead {
  const plain = (inner: string): string =>
    outerAxis === "row" ? operand[read]("batch", outer, inner) : operand[read]("batch", inner, outer);
  const fixed = operand.fixed?.(read, id, "batch", outer) ?? { before: "", at: plain };
  const type = read === "vec4" ? "vec4f" : "f32";
  return { before: fixed.before, at: (inner) => `${type}(${fixed.at(inner)})` };
}
