import type { MatmulView } from "./view.js";
import { component, plus, repeat } from "./text.js";

export interface BlockToStore {
  readonly rows: number;
  /** Names of the sums, by row: each a vec4f of 4 columns, or all of them f32 of one column each. */
  sum(row: number, group: number): string;
  readonly groups: number;
  readonly width: 1 | 4;
  /** i32 names of the block's first row and column. */
  readonly row: string;
  readonly col: string;
  /** i32 expression of the first row to store, counted from `row`. */
  readonly from: string;
  /** i32 expression of the rows to store, counted from `row`. */
  readonly to: string;
  /** Condition under which the column (expression) is this block's to store; nothing where all are. */
  columnGuard(col: string, width: 1 | 4): string | null;
}

/**
 * Stores a block row by row in a loop: the view's epilogue, which can be long, stands in the text once for each
 * column group and not once for each output. Sums stay in registers, because no array is indexed by the loop.
 */
export function storeBlock(view: MatmulView, block: BlockToStore): string {
  return `
  for (var r = ${block.from}; r < ${block.to}; r++) {
    ${repeat(block.groups, (group) => `var sumOut${group} = ${block.sum(0, group)};`)}
    ${repeat(block.rows - 1, (before) => pickRow(block, before + 1))}
    ${repeat(block.groups, (group) => storeGroup(view, block, group))}
  }`;
}

const pickRow = (block: BlockToStore, row: number): string =>
  `if (r == ${row}) { ${repeat(block.groups, (group) => `sumOut${group} = ${block.sum(row, group)};`)} }`;

function storeGroup(view: MatmulView, block: BlockToStore, group: number): string {
  const sum = `sumOut${group}`;
  const first = group * block.width;
  if (block.width === 1 || view.canStoreVec4) return storeOne(view, block, first, sum, block.width);
  return repeat(4, (i) => storeOne(view, block, first + i, component(sum, i), 1));
}

function storeOne(view: MatmulView, block: BlockToStore, offset: number, sum: string, width: 1 | 4): string {
  const col = plus(block.col, offset);
  const guard = block.columnGuard(col, width);
  const at = { batch: "batch", row: `(${block.row} + r)`, col: offset === 0 ? col : `(${col})` };
  return `${guard ? `if (${guard}) ` : ""}{ let sumT = ${toElementType(view, sum, width)}; ${view.store(at, "sumT", width)} }`;
}

const toElementType = ({ elementType }: MatmulView, sum: string, width: 1 | 4): string =>
  elementType === "f32" ? sum : `${width === 4 ? "vec4h" : "f16"}(${sum})`;
