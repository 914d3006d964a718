import type { Target } from "@weftjs/ir";
import { foldGrid } from "./grid.js";
import { tileThreads, type TilesPlan } from "./plan.js";
import { storeBlock } from "./store.js";
import { component, plus, range, repeat } from "./text.js";
import type { MatmulKernel, MatmulView } from "./view.js";

/**
 * One workgroup computes a tile of outputs: it brings `depth` steps of both operands into workgroup memory, and
 * each thread multiplies them into its own block of registers. All threads take part in all loads and barriers, at
 * the edges too; what lies past the edge along the inner axis is zero on both sides, so that no garbage that is NaN
 * meets a zero; past the other edges any value does, because nothing of it is stored.
 */
export function tilesKernel(view: MatmulView, plan: TilesPlan, target: Target): MatmulKernel {
  const { batch, m, n, k } = view;
  const { rows, columns, depth, threadRows } = plan;
  const tilesDown = Math.ceil(m / rows);
  const tilesAcross = Math.ceil(n / columns);
  const count = batch * tilesDown * tilesAcross;
  const grid = foldGrid(count, target.maxWorkgroupsPerDimension);
  const threads = tileThreads(plan);

  const wgsl = `${view.header}
var<workgroup> leftTile: array<vec4f, ${depth * pitch(rows)}>;
var<workgroup> rightTile: array<vec4f, ${depth * pitch(columns)}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let tile = ${grid.index};
  ${grid.hasExcess ? `if (tile >= ${count}) { return; }` : ""}
  let thread = i32(local);
  // Zero, and the same for the whole workgroup, which no compiler knows: it keeps the loops below rolled up.
  let zero = tile / ${count};
  let batch = ${batch === 1 ? "0" : `tile / ${tilesDown * tilesAcross}`};
  let top = tile / ${tilesAcross}${batch === 1 ? "" : ` % ${tilesDown}`} * ${rows};
  let start = tile % ${tilesAcross} * ${columns};
  let leftAt = thread / ${columns / 4} * ${threadRows / 4};
  let rightAt = thread % ${columns / 4};
  ${repeat(threadRows, (row) => `var sum${row} = vec4f();`)}
  for (var inner = zero; inner < ${k}; inner += ${depth}) {
    ${loadTile(leftSide(view), plan, rows)}
    ${loadTile(rightSide(view), plan, columns)}
    workgroupBarrier();
    for (var step = 0; step < ${depth}; step++) {
      ${repeat(threadRows / 4, (i) => `let left${i} = leftTile[step * ${pitch(rows)} + ${plus("leftAt", i)}];`)}
      let right0 = rightTile[step * ${pitch(columns)} + rightAt];
      ${repeat(threadRows, (row) => `sum${row} += ${component(`left${Math.floor(row / 4)}`, row % 4)} * right0;`)}
    }
    workgroupBarrier();
  }
  let row = top + leftAt * 4;
  let col = start + rightAt * 4;
  ${storeBlock(view, {
    rows: threadRows,
    sum: (row) => `sum${row}`,
    groups: 1,
    width: 4,
    row: "row",
    col: "col",
    from: "zero",
    to: m % rows === 0 ? String(threadRows) : `min(${threadRows}, ${m} - row)`,
    columnGuard: (col) => (n % columns === 0 ? null : `${col} < ${n}`),
  })}
}
`;
  return { wgsl, workgroups: grid.workgroups, variant: `tiles_${rows}x${columns}x${depth}` };
}

/** Vectors from one step of a tile to the next. The odd one spreads a column over the banks of memory. */
const pitch = (size: number): number => size / 4 + 1;

/** One operand as its loader sees it: an outer axis (rows of A, columns of B) and the inner axis. */
interface Side {
  readonly tile: "leftTile" | "rightTile";
  /** First outer index of the tile. */
  readonly origin: "top" | "start";
  readonly outerSize: number;
  readonly innerSize: number;
  /** Whether 4 elements along the outer axis can be read at once. */
  readonly readsVec4: boolean;
  readonly isContiguousAlongInner: boolean;
  element(outer: string, inner: string): string;
  vec4(outer: string, inner: string): string;
}

const leftSide = ({ a, m, k }: MatmulView): Side => ({
  tile: "leftTile",
  origin: "top",
  outerSize: m,
  innerSize: k,
  readsVec4: a.vec4Along === "row" && m % 4 === 0,
  isContiguousAlongInner: a.contiguousAlong === "col",
  element: (outer, inner) => a.element("batch", outer, inner),
  vec4: (outer, inner) => a.vec4("batch", outer, inner),
});

const rightSide = ({ b, n, k }: MatmulView): Side => ({
  tile: "rightTile",
  origin: "start",
  outerSize: n,
  innerSize: k,
  readsVec4: b.vec4Along === "col" && n % 4 === 0,
  isContiguousAlongInner: b.contiguousAlong === "row",
  element: (outer, inner) => b.element("batch", inner, outer),
  vec4: (outer, inner) => b.vec4("batch", inner, outer),
});

/**
 * Every thread brings in its share of the tile's vectors, each of 4 outer indices at one step. Neighbouring
 * threads take neighbours along the axis on which memory is contiguous.
 */
function loadTile(side: Side, plan: TilesPlan, size: number): string {
  const threads = tileThreads(plan);
  const perStep = size / 4;
  const vectors = plan.depth * perStep;
  const [slotStep, vector] = side.isContiguousAlongInner
    ? [`slot % ${plan.depth}`, `slot / ${plan.depth}`]
    : [`slot / ${perStep}`, `slot % ${perStep}`];
  return repeat(Math.ceil(vectors / threads), (round) => {
    const isPartial = (round + 1) * threads > vectors;
    const load = `let slot = ${plus("thread", round * threads)};
      let slotStep = ${slotStep};
      let vector = ${vector};
      ${readVector(side, plan, size)}
      ${side.tile}[slotStep * ${pitch(size)} + vector] = value;`;
    return isPartial ? `if (${plus("thread", round * threads)} < ${vectors}) { ${load} }` : `{ ${load} }`;
  });
}

/** Statements that define `value`, the vector of 4 outer indices from `vector` at `slotStep`. */
function readVector(side: Side, plan: TilesPlan, size: number): string {
  const isRagged = side.innerSize % plan.depth !== 0;
  const inner = isRagged ? `min(inner + slotStep, ${side.innerSize - 1})` : "inner + slotStep";
  const outer = `${side.origin} + vector * 4`;
  const read = side.readsVec4 ? readAtOnce(side, outer, size) : readOneByOne(side, outer, size);
  return `let at = ${inner};
      ${read}
      let value = ${isRagged ? `select(vec4f(), four, inner + slotStep < ${side.innerSize})` : "four"};`;
}

function readAtOnce(side: Side, outer: string, size: number): string {
  const clamped = side.outerSize % size === 0 ? outer : `min(${outer}, ${side.outerSize - 4})`;
  return `let four = vec4f(${side.vec4(`(${clamped})`, "at")});`;
}

function readOneByOne(side: Side, outer: string, size: number): string {
  const index = (i: number): string => {
    const wanted = plus(outer, i);
    return side.outerSize % size === 0 ? `(${wanted})` : `min(${wanted}, ${side.outerSize - 1})`;
  };
  return `let four = vec4f(${range(4)
    .map((i) => `f32(${side.element(index(i), "at")})`)
    .join(", ")});`;
}
