import type { Target } from "@weftjs/ir";
import type { MatmulView } from "./view.js";

/**
 * Which template computes a product, and in which block sizes.
 *  - `registers`: a thread computes rows × columns outputs alone, and shares nothing.
 *  - `lanes`: as `registers`, but the lanes of a subgroup share what they read of one operand.
 *  - `tiles`: a workgroup computes a tile and shares its operands through workgroup memory.
 *  - `split`: several threads compute one output, each a slice of the inner axis.
 */
export type MatmulPlan = RegistersPlan | LanesPlan | TilesPlan | SplitPlan;

export interface RegistersPlan {
  readonly kind: "registers";
  /** Outputs of one thread; `columns` is a multiple of 4, or less than 4. */
  readonly rows: number;
  readonly columns: number;
  /** Threads of a workgroup. */
  readonly threads: number;
}

export interface LanesPlan {
  readonly kind: "lanes";
  /** Outputs of one lane; `columns` is a multiple of 4, or less than 4. */
  readonly rows: number;
  readonly columns: number;
  /** Lanes of a subgroup, which is a workgroup. */
  readonly lanes: number;
  /** The axis along which lanes have outputs of their own; along the other they share them. */
  readonly along: "row" | "col";
}

export interface TilesPlan {
  readonly kind: "tiles";
  /** Outputs of one workgroup. */
  readonly rows: number;
  readonly columns: number;
  /** Steps along the inner axis that workgroup memory holds at once. */
  readonly depth: number;
  /** Rows of one thread, a multiple of 4; each has 4 columns. */
  readonly threadRows: number;
}

export interface SplitPlan {
  readonly kind: "split";
  /** Columns of one thread. */
  readonly width: 1 | 4;
  /** Outputs (of `width` columns) of one workgroup, and threads that share each. Powers of 2. */
  readonly outputs: number;
  readonly slices: number;
}

export function planMatmul(view: MatmulView, target: Target): MatmulPlan {
  return target.kind === "software" ? planForSoftware(view, target) : planForGpu(view, target);
}

/**
 * Software adapters run threads as SIMD lanes and compile a load into one for each lane. So loads take most of the
 * time, and compile time grows with the text: large blocks, which load least for their work, must earn theirs.
 * Measured on two cores (lavapipe, SwiftShader, in GFLOP/s; lavapipe's compile time), at 128 × 256 × 1024:
 * registers 4×8 7, 0.8, 330 ms; 8×8 9.5, 1.7, 910 ms; lanes 8×4 15, 1.6, 260 ms; 8×8 18, 2.2, 590 ms; by rows 2×16 14, 1.7, 400 ms. Unrolling the inner
 * axis, or reading A by vec4 along it, multiplies compile time by two or three and gains nothing.
 */
interface SoftwareBlock {
  readonly rows: number;
  readonly columns: number;
  /** For subgroups: see `LanesPlan`. */
  readonly along?: "row" | "col";
  readonly leastWork: number;
}

const SOFTWARE_BLOCKS: readonly SoftwareBlock[] = [
  { rows: 8, columns: 8, along: "col", leastWork: 2 ** 25 },
  { rows: 8, columns: 8, leastWork: 2 ** 25 },
  { rows: 8, columns: 4, along: "col", leastWork: 2 ** 18 },
  { rows: 2, columns: 16, along: "row", leastWork: 2 ** 18 },
  { rows: 4, columns: 8, leastWork: 2 ** 21 },
  { rows: 4, columns: 4, leastWork: 2 ** 14 },
  { rows: 1, columns: 4, leastWork: 0 },
];

/** What a load, and an element that another lane hands over, cost beside a multiplication and an addition. */
const LOAD_COST = 16;
const HANDED_COST = 2;

/** Fewer leave a core without work: lanes on each of a few cores, several workgroups each. */
const LEAST_SOFTWARE_THREADS = 64;

function planForSoftware(view: MatmulView, { subgroupSize }: Target): RegistersPlan | LanesPlan | SplitPlan {
  const { batch, m, n, k } = view;
  const work = batch * m * n * k;
  const plans = SOFTWARE_BLOCKS.filter(
    (block) => work >= block.leastWork && (!block.along || subgroupSize > 0),
  ).map((block) => softwarePlan(view, block, subgroupSize));
  const smallest = plans.at(-1)!;
  const wide = plans.filter((plan) => plan === smallest || threadsOf(view, plan) >= LEAST_SOFTWARE_THREADS);
  const plan = wide.reduce((best, other) => (costOf(view, other) < costOf(view, best) ? other : best));
  // One barrier for each halving of the slices: worth it only where most lanes would idle through a long loop.
  if (threadsOf(view, plan) < 16 && k >= 4096) return splitAmong(view, 32, 8);
  return plan;
}

function softwarePlan(view: MatmulView, block: SoftwareBlock, lanes: number): RegistersPlan | LanesPlan {
  const { batch, m, n } = view;
  const rows = balancedRows(view, block.rows);
  const columns = n < 4 ? n : Math.min(balancedColumns(n, block.columns), 4 * Math.floor(n / 4));
  if (block.along) return { kind: "lanes", rows, columns, lanes, along: block.along };
  const threads = batch * Math.ceil(m / rows) * Math.ceil(n / columns);
  return { kind: "registers", rows, columns, threads: threads >= 1024 ? 64 : 16 };
}

function threadsOf({ batch, m, n }: MatmulView, plan: RegistersPlan | LanesPlan): number {
  const rows = plan.rows * (plan.kind === "lanes" && plan.along === "row" ? plan.lanes : 1);
  const columns = plan.columns * (plan.kind === "lanes" && plan.along === "col" ? plan.lanes : 1);
  return batch * Math.ceil(m / rows) * Math.ceil(n / columns) * (plan.kind === "lanes" ? plan.lanes : 1);
}

/** Of one step along the inner axis, in multiplications of a lane. */
function costOf(view: MatmulView, plan: RegistersPlan | LanesPlan): number {
  const { rows, columns } = plan;
  const products = rows * columns;
  if (plan.kind === "registers") return threadsOf(view, plan) * ((rows + columns) * LOAD_COST + products);
  const [own, shared] = plan.along === "row" ? [rows, columns] : [columns, rows];
  const loads = own + Math.ceil(shared / plan.lanes);
  return threadsOf(view, plan) * (loads * LOAD_COST + shared * HANDED_COST + products);
}

/** At most `most` rows, so that the last block is about as full as the others: 10 rows are 5 + 5, not 8 + 2. */
function balancedRows({ a, m }: MatmulView, most: number): number {
  if (m <= most) return m;
  const even = Math.ceil(m / Math.ceil(m / most));
  return a.vec4Along === "row" && most % 4 === 0 ? most : even;
}

/** The same in fours: 20 columns are 12 + 12, not 16 + 4. */
const balancedColumns = (n: number, most: number): number => 4 * Math.ceil(n / Math.ceil(n / most) / 4);

/** Largest first: the more outputs a workgroup has, the less it reads for each. */
const TILES: readonly (Omit<TilesPlan, "kind"> & { leastTiles: number })[] = [
  { rows: 128, columns: 64, depth: 16, threadRows: 8, leastTiles: 256 },
  { rows: 64, columns: 64, depth: 16, threadRows: 4, leastTiles: 64 },
  { rows: 32, columns: 32, depth: 16, threadRows: 4, leastTiles: 0 },
];

/** Fewer tiles than this leave most of a GPU idle; a long inner axis is then better split. */
const LEAST_TILES = 16;
const LEAST_SPLIT_DEPTH = 256;

function planForGpu(view: MatmulView, target: Target): TilesPlan | SplitPlan {
  const { batch, m, n, k } = view;
  const tileCount = (tile: { rows: number; columns: number }): number =>
    batch * Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns);
  const smallest = TILES.at(-1)!;
  if (m === 1 || n === 1 || (tileCount(smallest) < LEAST_TILES && k >= LEAST_SPLIT_DEPTH)) {
    // Lanes that run along the inner axis must be many enough to read whole cache lines.
    return splitAmong(view, Math.min(256, target.maxWorkgroupSize), lanesRunInner(view) ? 64 : 8);
  }

  const fits = (tile: (typeof TILES)[number]): boolean =>
    tileCount(tile) >= tile.leastTiles &&
    tileThreads(tile) <= target.maxWorkgroupSize &&
    tileBytes(tile) <= target.maxWorkgroupMemoryBytes;
  const { leastTiles: _, ...tile } = TILES.find(fits) ?? smallest;
  return { kind: "tiles", ...tile };
}

/**
 * Among so many threads, at least so many slices of each output: more where there are few outputs, fewer where the
 * inner axis is short.
 */
function splitAmong(view: MatmulView, threads: number, leastSlices: number): SplitPlan {
  const { batch, m, n, k, b } = view;
  const width = b.vec4Along === "col" && n % 4 === 0 ? 4 : 1;
  const outputs = Math.min(threads / leastSlices, powerOfTwoFrom((batch * m * n) / width));
  return { kind: "split", width, outputs, slices: Math.min(threads / outputs, powerOfTwoFrom(k)) };
}

/** Whether neighbouring threads of a split are neighbours along the inner axis, because memory is contiguous there. */
export function lanesRunInner({ a, b, m }: MatmulView): boolean {
  // Of a row times a matrix, the matrix is on the right.
  return m === 1 ? b.contiguousAlong === "row" : a.contiguousAlong === "col";
}

export const tileThreads = ({ rows, columns, threadRows }: Omit<TilesPlan, "kind">): number =>
  (rows / threadRows) * (columns / 4);

const tileBytes = ({ rows, columns, depth }: Omit<TilesPlan, "kind">): number =>
  4 * depth * (rows + 4 + columns + 4);

const powerOfTwoFrom = (least: number): number => 2 ** Math.ceil(Math.log2(least));
