import type { Target } from "@weftjs/ir";
import { foldGrid } from "./grid.js";
import {
  declareSums,
  outerLoop,
  ownColumns,
  ownRows,
  readAt,
  type Side,
  sideOf,
  sumName,
  type Sums,
  sumsOf,
} from "./outer-loop.js";
import type { LanesPlan } from "./plan.js";
import { storeBlock } from "./store.js";
import { plus, range, repeat } from "./text.js";
import type { FixedRead, MatmulKernel, MatmulOperand, MatmulView } from "./view.js";

/**
 * The lanes of a subgroup share the elements of one operand: each reads one of them and hands it to the others, so that
 * what the block would read as often as it has lanes is read once. Of the other operand each lane has its own part. A
 * workgroup is one subgroup; blocks at the edge move back as in `registersKernel`.
 */
export function lanesKernel(view: MatmulView, plan: LanesPlan, target: Target): MatmulKernel {
  const { batch, m, n } = view;
  const { rows, columns, lanes, along } = plan;
  const sums = sumsOf(rows, columns);
  const rowSpan = along === "row" ? rows * lanes : rows;
  const colSpan = along === "col" ? columns * lanes : columns;
  const rowBlocks = Math.ceil(m / rowSpan);
  const colBlocks = Math.ceil(n / colSpan);
  const count = batch * rowBlocks * colBlocks;
  const grid = foldGrid(count, target.maxWorkgroupsPerDimension);
  const rowBlock = `block / ${colBlocks}${batch === 1 ? "" : ` % ${rowBlocks}`}`;
  const colBlock = `block % ${colBlocks}`;
  const ofLane = (block: string): string => `(${block} * ${lanes} + lane)`;

  const wgsl = `${view.header}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) invocation: u32) {
  let block = ${grid.index};
  ${grid.hasExcess ? `if (block >= ${count}) { return; }` : ""}
  let lane = i32(invocation);
  let batch = ${batch === 1 ? "0" : `block / ${rowBlocks * colBlocks}`};
  let row = ${along === "row" ? ofLane(`(${rowBlock})`) : rowBlock} * ${rows};
  let col = ${along === "col" ? ofLane(`(${colBlock})`) : colBlock} * ${columns};
  // Zero, which no compiler knows: loops that start here are not unrolled, which would take seconds to compile.
  let zero = block / ${count};
  let top = ${m % rowSpan === 0 ? "row" : `min(row, ${m - rows})`};
  let start = ${n % colSpan === 0 ? "col" : `min(col, ${n - columns})`};
  ${declareSums(sums)}
  ${
    along === "col"
      ? outerLoop(view, sums, sharedRows(view, plan), ownColumns(view, sums))
      : outerLoop(view, sums, ownRows(view, rows), sharedColumns(view, plan, sums))
  }
  ${storeBlock(view, {
    ...sums,
    sum: sumName,
    row: "top",
    col: "start",
    from: m % rowSpan === 0 ? "zero" : "row - top + zero",
    to: String(rows),
    columnGuard: (col) => (n % colSpan === 0 ? null : `${col} >= col`),
  })}
}
`;
  return { wgsl, workgroups: grid.workgroups, variant: `lanes_${rows}x${columns}_by_${along}` };
}

function sharedRows(view: MatmulView, { rows, lanes }: LanesPlan): Side {
  const { before, lines } = sideOf(sharedReads(view.a, "row", "top", rows, lanes), "mine");
  const handed = repeat(rows, (row) => `let left${row} = ${handedBy("mine", row, lanes)};`);
  return { before, lines: `${lines}\n${handed}`, factors: range(rows).map((row) => `left${row}`) };
}

function sharedColumns(view: MatmulView, { columns, lanes }: LanesPlan, { width, groups }: Sums): Side {
  const { before, lines } = sideOf(sharedReads(view.b, "col", "start", columns, lanes), "mine");
  const handed = repeat(groups, (group) => {
    const parts = range(width).map((i) => handedBy("mine", group * width + i, lanes));
    return `let right${group} = ${width === 1 ? parts[0]! : `vec4f(${parts.join(", ")})`};`;
  });
  return { before, lines: `${lines}\n${handed}`, factors: range(groups).map((group) => `right${group}`) };
}

/** One element for each lane, as often as it takes to have `count` from `first` on. */
function sharedReads(
  operand: MatmulOperand,
  axis: "row" | "col",
  first: string,
  count: number,
  lanes: number,
): FixedRead[] {
  return range(Math.ceil(count / lanes)).map((i) => {
    const wanted = plus("lane", i * lanes);
    const offset = (i + 1) * lanes <= count ? wanted : `min(${wanted}, ${count - 1})`;
    return readAt(operand, axis, "element", `${axis}${i}_`, `${first} + ${offset}`);
  });
}

/** What the lane that read it gives to all. */
const handedBy = (name: string, index: number, lanes: number): string =>
  `subgroupBroadcast(${name}${Math.floor(index / lanes)}, ${index % lanes}u)`;
