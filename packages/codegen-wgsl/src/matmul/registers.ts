import type { Target } from "@weftjs/ir";
import { foldGrid } from "./grid.js";
import type { RegistersPlan } from "./plan.js";
import { storeBlock } from "./store.js";
import { declareSums, outerLoop, ownColumns, ownRows, sumName, type Sums, sumsOf } from "./outer-loop.js";
import { plus, range, repeat } from "./text.js";
import type { MatmulKernel, MatmulView } from "./view.js";

/**
 * One thread computes a block of outputs in registers; threads share nothing and never wait, which is what CPUs
 * run well. The last block of rows and of columns moves back until it ends at the edge, so that no load needs a
 * guard, and stores only what the block before it does not.
 */
export function registersKernel(view: MatmulView, plan: RegistersPlan, target: Target): MatmulKernel {
  const { batch, m, n } = view;
  const { rows, columns, threads } = plan;
  const sums = sumsOf(rows, columns);
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
  ${declareSums(sums)}
  ${readsAlongInner(view, plan) ? dotLoop(view, sums) : outerLoop(view, sums, ownRows(view, rows), ownColumns(view, sums))}
  ${storeBlock(view, {
    ...sums,
    sum: sumName,
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

/**
 * A thin block (of a vector times a matrix) uses each element about once, so that reads are all it costs: vec4 reads
 * along the inner axis pay. Larger blocks reuse what they read, and the fourfold text would only compile longer.
 */
function readsAlongInner({ a, b, k }: MatmulView, { rows, columns }: RegistersPlan): boolean {
  return rows * columns <= 4 && a.vec4Along === "col" && b.vec4Along === "row" && k % 4 === 0;
}

/** Both operands are contiguous along the inner axis: sums of dot products of 4 steps at once. */
function dotLoop(view: MatmulView, { rows, width, groups }: Sums): string {
  const { a, b, k } = view;
  const right = (group: number, lane: number): string => `right${group * width + lane}`;
  const dots = (row: number, group: number): string =>
    range(width)
      .map((lane) => `dot(left${row}, ${right(group, lane)})`)
      .join(", ");
  const accumulate = (row: number, group: number): string =>
    `${sumName(row, group)} += ${width === 4 ? `vec4f(${dots(row, group)})` : dots(row, group)};`;
  return `for (var inner = zero; inner < ${k}; inner += 4) {
    ${repeat(rows, (row) => `let left${row} = vec4f(${a.vec4("batch", plus("top", row), "inner")});`)}
    ${repeat(groups * width, (col) => `let right${col} = vec4f(${b.vec4("batch", "inner", plus("start", col))});`)}
    ${repeat(rows, (row) => repeat(groups, (group) => accumulate(row, group)))}
  }`;
}
