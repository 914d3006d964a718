import type { Graph, Value } from "../graph.js";
import type { Target } from "../target.js";
import { homesOf, makePartsFit } from "./assemblies.js";
import { groupNodes } from "./fuse.js";
import { type Bundle, fullCount, type KernelGroup, type Schedule } from "./group.js";
import { joinPads } from "./join-pads.js";
import { joinParts } from "./join-parts.js";
import { joinProducts } from "./join-products.js";
import { joinScatters } from "./join-scatters.js";
import { limitReads } from "./limit-reads.js";
import { type FusionLimits, fusionLimits } from "./limits.js";
import { lowerLoops } from "./lower-loops.js";
import { materialise } from "./materialise.js";
import { packOperands } from "./pack-operands.js";
import { splitReductions } from "./split-reductions.js";
import { storeScalars } from "./store-scalars.js";

export interface ScheduleOptions {
  /** False: one kernel for each op that computes, as an eager library would run it. */
  readonly fuse: boolean;
}

/** From an optimised graph to kernels in order: groups, what they store, and which of them share a dispatch. */
export function scheduleGraph(optimized: Graph, target: Target, { fuse }: ScheduleOptions): Schedule {
  return scheduled(optimized, target, { fuse, isBody: false });
}

/** `isBody`: of a loop. */
function scheduled(
  optimized: Graph,
  target: Target,
  { fuse, isBody }: ScheduleOptions & { readonly isBody: boolean },
): Schedule {
  const lowered = lowerLoops(storeScalars(optimized));
  const joined = fuse
    ? packOperands(joinParts(joinScatters(joinProducts(joinPads(lowered)))), target)
    : lowered;
  const graph = makePartsFit(limitReads(splitReductions(joined, target), target));
  const grouping = groupNodes(graph, target, fuse, (body) => scheduled(body, target, { fuse, isBody: true }));
  // Kernels of a loop also bind the number of the row that they write.
  const keepsOne = isBody || graph.params.some(({ passedAs }) => passedAs === "scalar");
  const limits = fusionLimits(target, keepsOne);
  const { kernels, aliases } = materialise(graph, grouping, target, limits, fuse);
  const ordered = inOrder(kernels.map((kernel) => ({ kernels: [kernel] })));
  const bundles = (fuse ? inOrder(bundle(ordered, target, limits)) : ordered).filter(
    (made) => !isAssembly(made),
  );
  return { graph, bundles, aliases, homes: homesOf(graph.nodes) };
}

/** What its parts' kernels write: it stands in the order so that who reads it comes after them all. */
function isAssembly({ kernels }: Bundle): boolean {
  return kernels[0]!.group.domain.kind === "assembly";
}

/** Elements above which a kernel fills the device by itself. */
const LARGE = 1 << 20;
/** Rows that do not, however long they are. */
const FEW_ROWS = 1 << 10;
/** How many open bundles are tried for each kernel. */
const TRIED = 8;

/**
 * Small independent kernels share a dispatch: the update of many parameters, a loss beside a bias gradient. On every
 * adapter a dispatch costs more than such a kernel.
 */
function bundle(ordered: readonly Bundle[], target: Target, limits: FusionLimits): Bundle[] {
  const dag = new BundleGraph(ordered);
  const open: number[] = [];
  for (let id = 0; id < ordered.length; id++) {
    if (!isSmall(dag.bundle(id).kernels[0]!, target)) continue;
    const host = open.find((other) => {
      const kernels = [...dag.bundle(other).kernels, ...dag.bundle(id).kernels];
      return (
        sizeOf(kernels) <= limits.nodes &&
        bindingsOf(kernels) <= limits.mostBindings &&
        dag.areIndependent(other, id)
      );
    });
    if (host !== undefined) dag.merge(id, host);
    else open.unshift(id);
    open.length = Math.min(open.length, TRIED);
  }
  return dag.remaining();
}

function isSmall({ group: { domain } }: KernelGroup, target: Target): boolean {
  // On GPUs attention takes the workgroup memory for itself.
  if (domain.kind === "matmul" || (domain.kind === "attention" && target.kind === "gpu")) return false;
  if (domain.kind === "assembly" || domain.kind === "loop") return false;
  return fullCount(domain) <= LARGE || (domain.kind === "row" && domain.rows <= FEW_ROWS);
}

function sizeOf(kernels: readonly KernelGroup[]): number {
  return kernels.reduce((sum, { group }) => sum + group.places.size, 0);
}

function bindingsOf(kernels: readonly KernelGroup[]): number {
  const values = kernels.flatMap(({ loads, stores }) => [...loads, ...stores]);
  return new Set(values.filter((value) => value.passedAs === "buffer")).size;
}

/** Which bundle needs which, while bundles are merged. */
class BundleGraph {
  private readonly bundles: (Bundle | null)[];
  private readonly home: number[];
  private readonly needs: Set<number>[];
  private readonly neededBy: Set<number>[];
  /** The highest number among a bundle and all that it needs, through any others. */
  private readonly reach: number[];

  constructor(ordered: readonly Bundle[]) {
    this.bundles = [...ordered];
    this.home = ordered.map((_, id) => id);
    this.reach = [...this.home];
    const maker = makers(ordered);
    this.needs = ordered.map((bundle) => needsOf(bundle, maker));
    this.neededBy = ordered.map(() => new Set());
    for (const [id, needs] of this.needs.entries()) for (const need of needs) this.neededBy[need]!.add(id);
  }

  bundle(id: number): Bundle {
    return this.bundles[id]!;
  }

  areIndependent(a: number, b: number): boolean {
    return !this.reaches(a, b) && !this.reaches(b, a);
  }

  merge(from: number, into: number): void {
    this.bundles[into] = { kernels: [...this.bundles[into]!.kernels, ...this.bundles[from]!.kernels] };
    this.bundles[from] = null;
    this.home[from] = into;
    for (const need of this.needs[from]!) this.needs[into]!.add(need);
    for (const user of this.neededBy[from]!) this.neededBy[into]!.add(user);
    this.extendReach(into, this.reach[from]!);
  }

  private extendReach(bundle: number, reach: number): void {
    const pending = [bundle];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.reach[next]! >= reach) continue;
      this.reach[next] = reach;
      for (const user of this.neededBy[next]!) pending.push(this.home[user]!);
    }
  }

  remaining(): Bundle[] {
    return this.bundles.filter((bundle) => bundle !== null);
  }

  /** Whether `from` needs `target`, through any others. */
  private reaches(from: number, target: number): boolean {
    const pending = [from];
    const seen = new Set(pending);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const need of this.needs[next]!) {
        const home = this.home[need]!;
        if (home === target) return true;
        if (seen.has(home) || this.reach[home]! < target) continue;
        seen.add(home);
        pending.push(home);
      }
    }
    return false;
  }
}

function makers(bundles: readonly Bundle[]): Map<Value, number> {
  const maker = new Map<Value, number>();
  for (const [id, { kernels }] of bundles.entries()) {
    for (const { stores } of kernels) for (const value of stores) maker.set(value, id);
  }
  return maker;
}

function needsOf({ kernels }: Bundle, maker: ReadonlyMap<Value, number>): Set<number> {
  return new Set(kernels.flatMap(({ loads }) => loads.flatMap((load) => maker.get(load) ?? [])));
}

/** A topological order that keeps the order of first appearance where it can. */
function inOrder(bundles: readonly Bundle[]): Bundle[] {
  const maker = makers(bundles);
  const position = ({ kernels }: Bundle): number =>
    Math.max(...kernels.map(({ group }) => group.firstPosition));
  const roots = bundles
    .map((_, id) => id)
    .sort((a, b) => position(bundles[a]!) - position(bundles[b]!) || a - b);
  const ordered: Bundle[] = [];
  const done = new Set<number>();
  const stack: number[] = roots.reverse();
  while (stack.length > 0) {
    const id = stack[stack.length - 1]!;
    const missing = done.has(id) ? [] : [...needsOf(bundles[id]!, maker)].filter((need) => !done.has(need));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (!done.has(id)) ordered.push(bundles[id]!);
    done.add(id);
  }
  return ordered;
}
