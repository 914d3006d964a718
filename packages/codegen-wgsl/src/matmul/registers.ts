import type { Target } from "@weftjs/ir";
import { foldGrid } from "./grid.js";
import type { RegistersPlan } from "./plan.js";
import { storeBlock } from "./store.js";
import { component, plus, range, repeat } from "./text.js";
import type { FixedRead, MatmulKernel, MatmulView } from "./view.js";

/** A plan's sums: one vec4f for 4 columns, or one f32 a column where there are fewer than 4. */
interface Block extends RegistersPlan {
  readonly width: 1 | 4;
  readonly groups: number;
}

const sum = (row: number, group: number): string => `sum${row}_${group}`;

/**
 * One thread computes a block of outputs in registers; threads share nothing and never wait, which is what CPUs
 * run well. The last block of rows and of columns moves back until it ends at the edge, so that no load needs a
 * guard, and stores only what the block before it does not.
 */
export function registersKernel(view: MatmulView, plan: RegistersPlan, target: Target): MatmulKernel {
  const { batch, m, n } = view;
  const { rows, columns, threads } = plan;
  const block: Block = { ...plan, width: columns < 4 ? 1 : 4, groups: columns < 4 ? columns : columns / 4 };
  const rowBlocks = Math.ceil(m / rows);
  const colBlocks = Math.ceil(n / columns);
  const count = batch * rowBlocks * colBlocks;
  const grid = foldGrid(Math.ceil(count / threads), target.maxWorkgroupsPerDimension);

  const wgsl = `${view.header}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let thread = ${grid.index} * ${threads} + i32(local);
  if (thread >= ${count}) { return; }
  let batch = ${batch === 1 ? "0" : `thread / ${rowBlocks * colBlocks}`};
  let row = thread / ${colBlocks}${batch === 1 ? "" : ` % ${rowBlocks}`} * ${rows};
  let col = thread % ${colBlocks} * ${columns};
  // Zero, which no compiler knows: loops that start here are not unrolled, which would take seconds to compile.
  let zero = thread / ${count};
  let top = ${m % rows === 0 ? "row" : `min(row, ${m - rows})`};
  let start = ${n % columns === 0 ? "col" : `min(col, ${n - columns})`};
  ${repeat(rows, (row) => repeat(block.groups, (group) => `var ${sum(row, group)} = ${zero(block)};`))}
  ${readsAlongInner(view, block) ? dotLoop(view, block) : outerLoop(view, block)}
  ${storeBlock(view, {
    ...block,
    sum,
    row: "top",
    col: "start",
    from: m % rows === 0 ? "zero" : "row - top + zero",
    to: String(rows),
    columnGuard: (col) => (n % columns === 0 ? null : `${col} >= col`),
  })}
}
`;
  return { wgsl, workgroups: grid.workgroups, variant: `registers_${rows}x${columns}` };
}

const zero = ({ width }: Block): string => (width === 4 ? "vec4f()" : "0f");

/**
 * A thin block (of a vector times a matrix) uses each element about once, so that reads are all it costs: vec4 reads
 * along the inner axis pay. Larger blocks reuse what they read, and the fourfold text would only compile longer.
 */
function readsAlongInner({ a, b, k }: MatmulView, { rows, columns }: Block): boolean {
  return rows * columns <= 4 && a.vec4Along === "col" && b.vec4Along === "row" && k % 4 === 0;
}

/** Both operands are contiguous along the inner axis: sums of dot products of 4 steps at once. */
function dotLoop(view: MatmulView, { rows, width, groups }: Block): string {
  const { a, b, k } = view;
  const right = (group: number, lane: number): string => `right${group * width + lane}`;
  const dots = (row: number, group: number): string =>
    range(width)
      .map((lane) => `dot(left${row}, ${right(group, lane)})`)
      .join(", ");
  const accumulate = (row: number, group: number): string =>
    `${sum(row, group)} += ${width === 4 ? `vec4f(${dots(row, group)})` : dots(row, group)};`;
  return `for (var inner = zero; inner < ${k}; inner += 4) {
    ${repeat(rows, (row) => `let left${row} = vec4f(${a.vec4("batch", plus("top", row), "inner")});`)}
    ${repeat(groups * width, (col) => `let right${col} = vec4f(${b.vec4("batch", "inner", plus("start", col))});`)}
    ${repeat(rows, (row) => repeat(groups, (group) => accumulate(row, group)))}
  }`;
}

/** A column of A times a row of B, step by step along the inner axis. */
function outerLoop(view: MatmulView, block: Block): string {
  const { rows, groups } = block;
  const readsRowsByVec4 = view.a.vec4Along === "row" && view.m % 4 === 0 && rows % 4 === 0;
  const left = (row: number): string =>
    readsRowsByVec4 ? component(`left${Math.floor(row / 4)}`, row % 4) : `left${row}`;
  const leftReads = range(readsRowsByVec4 ? rows / 4 : rows).map((i) =>
    readsRowsByVec4
      ? leftRead(view, "vec4", plus("top", 4 * i), i)
      : leftRead(view, "element", plus("top", i), i),
  );
  const rightReads = range(groups).map((group) => readRight(view, block, group));
  return `${repeat(groups, (group) => rightReads[group]!.before)}
  ${repeat(leftReads.length, (i) => leftReads[i]!.before)}
  for (var inner = zero; inner < ${view.k}; inner++) {
    ${repeat(groups, (group) => `let right${group} = ${rightReads[group]!.at("inner")};`)}
    ${repeat(leftReads.length, (i) => `let left${i} = ${leftReads[i]!.at("inner")};`)}
    ${repeat(rows, (row) => repeat(groups, (group) => `${sum(row, group)} += ${left(row)} * right${group};`))}
  }`;
}

function leftRead({ a }: MatmulView, read: "element" | "vec4", row: string, i: number): FixedRead {
  const fixed = a.fixed?.(read, `a${i}_`, "batch", row) ?? {
    before: "",
    at: (inner: string) => a[read]("batch", row, inner),
  };
  const type = read === "vec4" ? "vec4f" : "f32";
  return { before: fixed.before, at: (inner) => `${type}(${fixed.at(inner)})` };
}

function rightRead({ b }: MatmulView, read: "element" | "vec4", offset: number): FixedRead {
  const col = plus("start", offset);
  const fixed = b.fixed?.(read, `b${offset}_`, "batch", col) ?? {
    before: "",
    at: (inner: string) => b[read]("batch", inner, col),
  };
  const type = read === "vec4" ? "vec4f" : "f32";
  return { before: fixed.before, at: (inner) => `${type}(${fixed.at(inner)})` };
}

function readRight(view: MatmulView, { width }: Block, group: number): FixedRead {
  if (width === 1) return rightRead(view, "element", group);
  if (view.b.vec4Along === "col" && view.n % 4 === 0) return rightRead(view, "vec4", 4 * group);
  const elements = range(4).map((lane) => rightRead(view, "element", 4 * group + lane));
  return {
    before: elements.map(({ before }) => before).join("\n"),
    at: (inner) => `vec4f(${elements.map((element) => element.at(inner)).join(", ")})`,
  };
}
