import type { MatmulView } from "./view.js";
import { component, repeat } from "./text.js";

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
 * Stores a block vector by vector in a loop: the view's epilogue, which can be long, stands in the text once and not
 * once for each output; twice is already twice as long to compile. Sums stay in registers, because no array is indexed
 * by the loop.
 */
export function storeBlock(view: MatmulView, block: BlockToStore): string {
  const { rows, groups, width, from, to } = block;
  const times = groups === 1 ? "" : ` * ${groups}`;
  const [row, group] = groups === 1 ? ["r", "0"] : [`r / ${groups}`, `r % ${groups}`];
  const col = groups === 1 ? block.col : plus(block.col, `${group}${width === 1 ? "" : ` * ${width}`}`);
  return `
  for (var r = (${from})${times}; r < ${to}${times}; r++) {
    var sumOut = ${block.sum(0, 0)};
    ${repeat(rows * groups - 1, (k) => `if (r == ${k + 1}) { sumOut = ${block.sum(Math.floor((k + 1) / groups), (k + 1) % groups)}; }`)}
    let rowOut = ${block.row} + ${row};
    let colOut = ${col};
    ${storeVector(view, block)}
  }`;
}

function storeVector(view: MatmulView, block: BlockToStore): string {
  if (block.width === 1 || view.canStoreVec4) return storeOne(view, block, "colOut", "sumOut", block.width);
  return repeat(4, (i) => storeOne(view, block, plus("colOut", String(i)), component("sumOut", i), 1));
}

function storeOne(view: MatmulView, block: BlockToStore, col: string, sum: string, width: 1 | 4): string {
  const guard = block.columnGuard(col, width);
  const at = { batch: "batch", row: "rowOut", col };
  return `${guard ? `if (${guard}) ` : ""}{ let sumT = ${toElementType(view, sum, width)}; ${view.store(at, "sumT", width)} }`;
}

const plus = (base: string, offset: string): string => (offset === "0" ? base : `${base} + ${offset}`);

const toElementType = ({ elementType }: MatmulView, sum: string, width: 1 | 4): string =>
  elementType === "f32" ? sum : `${width === 4 ? "vec4h" : "f16"}(${sum})`;
