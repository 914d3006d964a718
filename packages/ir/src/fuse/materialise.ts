import type { Graph, Node, Value } from "../graph.js";
import type { Target } from "../target.js";
import { byteLength } from "../types.js";
import { basesOf, type Grouping, isComputed } from "./fuse.js";
import {
  defaultPlaces,
  fullCount,
  Group,
  type KernelGroup,
  takesMembers,
  templateOperands,
} from "./group.js";
import type { FusionLimits } from "./limits.js";
import { baseInOrder, forwardThrough } from "./reads.js";

export interface Materialised {
  readonly kernels: readonly KernelGroup[];
  /** Values that share the buffer of another: reshapes, and results that are parameters. */
  readonly aliases: ReadonlyMap<Value, Value>;
}

/**
 * Decides which values are written to memory. Needed are graph results, operands of templates, and what other
 * groups read; of the last, those that are cheaper to compute again where they are read, in bytes moved, are not
 * written at all. A group that then writes nothing is gone.
 */
export function materialise(
  graph: Graph,
  grouping: Grouping,
  target: Target,
  limits: FusionLimits,
  fuse: boolean,
): Materialised {
  const plan = new Materialiser(graph, grouping, limits, target);
  // First: what a loop reads must share no kernel with copies of what comes out of it.
  plan.placeLoops(fuse);
  plan.placeResults(fuse);
  plan.storeWhatIsRead();
  if (fuse) plan.recomputeWhatIsCheap();
  return plan.finish();
}

/** Elements that may be computed again without weighing: less work than a dispatch. */
const FREE_RECOMPUTATIONS = 1 << 18;
/** Bytes of traffic that cost as much as one dispatch. */
const DISPATCH_BYTES = 1 << 16;
/** Nodes that may be computed again for one value. */
const MOST_RECOMPUTED = 12;

class Materialiser {
  private readonly stored = new Set<Value>();
  private readonly pinned = new Set<Value>();
  private readonly aliases = new Map<Value, Value>();
  private readonly loads = new Map<Group, ReadonlySet<Value>>();
  /** Groups that load a value, or did before it was computed again. */
  private readonly readers = new Map<Value, Set<Group>>();
  private readonly groups: Group[];
  private readonly owner: Map<Value, Group>;

  constructor(
    private readonly graph: Graph,
    grouping: Grouping,
    private readonly limits: FusionLimits,
    private readonly target: Target,
  ) {
    this.groups = [...grouping.groups];
    this.owner = new Map(grouping.owner);
  }

  /** Gives every result a buffer: its own group's, another value's, or that of a group that copies. */
  placeResults(fuse: boolean): void {
    const copies: Group[] = [];
    for (const result of this.graph.results) this.giveBuffer(result, fuse, copies);
  }

  /** A loop binds its operands whole, and writes all its outputs. */
  placeLoops(fuse: boolean): void {
    for (const group of this.groups) {
      if (group.domain.kind !== "loop") continue;
      const { inputs, outputs } = group.domain.node;
      const copies: Group[] = [];
      for (const operand of inputs) this.giveBuffer(operand, fuse, copies);
      group.reads.clear();
      for (const operand of inputs) group.reads.add(this.aliases.get(operand) ?? operand);
      for (const output of outputs) this.pin(output);
    }
  }

  /** `copies`: groups of copies that this one may join, as what needs them comes at one time. */
  private giveBuffer(value: Value, fuse: boolean, copies: Group[]): void {
    if (value.size === 0 || !value.node) return;
    if (isComputed(value.node)) this.pin(value);
    else if (!this.alias(value)) this.copy(value, fuse, copies);
  }

  private pin(value: Value): void {
    this.stored.add(value);
    this.pinned.add(value);
  }

  /** A reshape has its base's elements in its base's order: one buffer serves both. */
  private alias(result: Value): boolean {
    if (this.aliases.has(result)) return true;
    const base = baseInOrder(result);
    if (!base || base.passedAs === "scalar") return false;
    this.aliases.set(result, base);
    if (base.node) this.pin(base);
    return true;
  }

  private copy(result: Value, fuse: boolean, copies: Group[]): void {
    if (this.owner.has(result) || (fuse && this.moveAtHome(result))) return;
    const sibling = fuse ? copies.find((group) => takesCopy(group, result, this.limits)) : undefined;
    const group = sibling ?? new Group(this.nextId(), { kind: "map", count: result.size });
    group.places.set(result, defaultPlaces(group.domain, result.shape)[0]!);
    for (const base of basesOf([result])) group.reads.add(base);
    this.owner.set(result, group);
    if (!sibling) {
      this.groups.push(group);
      copies.push(group);
    }
    this.pin(result);
  }

  /** A permutation of what one group computes: written to its place there, as a second result or the only one. */
  private moveAtHome(result: Value): boolean {
    const [base, ...others] = basesOf([result]);
    const home = base && others.length === 0 ? this.owner.get(base) : undefined;
    if (!home || !takesMembers(home.domain)) return false;
    if (home.places.size + home.reads.size + 2 > this.limits.bindings) return false;
    const { at, level } = home.places.get(base!)!;
    const place = forwardThrough(result, base!, at);
    if (!place) return false;
    home.places.set(result, { at: place, level });
    this.owner.set(result, home);
    this.pin(result);
    return true;
  }

  private nextId(): number {
    return this.groups.reduce((id, group) => Math.max(id, group.id), 0) + 1;
  }

  storeWhatIsRead(): void {
    for (const group of this.groups) {
      for (const value of group.reads) if (value.node) this.stored.add(value);
      for (const base of basesOf(templateOperands(group.domain))) if (base.node) this.pin(base);
      // Software adapters sum by index in memory.
      if (group.domain.kind === "scatter" && this.target.kind === "software")
        this.pin(group.domain.node.outputs[0]!);
    }
    for (const group of this.groups) this.noteLoads(group);
  }

  /** Last values first, so that a chain of cheap values is computed again as a whole. */
  recomputeWhatIsCheap(): void {
    const order = new Map(this.graph.nodes.map((node, position) => [node, position]));
    const candidates = [...this.stored].filter((value) => !this.pinned.has(value) && isPointwise(value));
    candidates.sort((a, b) => order.get(b.node!)! - order.get(a.node!)!);
    for (const value of candidates) this.recomputeIfCheap(value);
    for (const group of this.groups.toReversed()) this.moveIntoReader(group);
  }

  /** What only one group reads is computed there, all at once: piece by piece it might take more bindings on the way. */
  private moveIntoReader(home: Group): void {
    const values = this.storesOf(home);
    const readers = new Set(values.flatMap((value) => this.readersOf(value)));
    const [reader] = readers;
    if (!reader || readers.size > 1 || values.some((value) => this.pinned.has(value) || !isPointwise(value)))
      return;
    const cone = this.coneOf(values, this.limits.nodes - reader.places.size);
    if (!cone || [...cone.loads].some((load) => this.owner.get(load) === reader)) return;
    const loads = this.loadsOf(reader);
    const added = [...cone.loads].filter((load) => !loads.has(load));
    const bindings = loads.size - values.length + added.length + this.storesOf(reader).length;
    if (bindings > this.limits.mostBindings) return;
    const repeats = Math.max(0, fullCount(reader.domain) - fullCount(home.domain)) * cone.cost;
    const bytes = (list: readonly Value[]): number =>
      list.reduce((sum, { type }) => sum + byteLength(type), 0);
    if (repeats > FREE_RECOMPUTATIONS || bytes(added) > 2 * bytes(values) + DISPATCH_BYTES) return;
    for (const value of values) this.stored.delete(value);
    for (const group of [home, reader]) this.noteLoads(group);
  }

  private recomputeIfCheap(value: Value): void {
    const cone = this.coneOf([value], MOST_RECOMPUTED);
    if (!cone) return;
    const home = this.owner.get(value)!;
    const readers = this.readersOf(value);
    let newBytes = 0;
    for (const reader of readers) {
      const loads = this.loadsOf(reader);
      const added = [...cone.loads].filter((load) => !loads.has(load) && !reader.places.has(load));
      const bindings = loads.size - 1 + added.length + this.storesOf(reader).length;
      if (bindings > this.limits.mostBindings && added.length > 1) return;
      if ([...cone.loads].some((load) => this.owner.get(load) === reader)) return;
      const repeats = Math.max(0, fullCount(reader.domain) - value.size) * cone.cost;
      if (repeats > FREE_RECOMPUTATIONS) return;
      for (const load of added) newBytes += byteLength(load.type);
    }
    const writesElse = this.storesOf(home).length > 1;
    const saved = byteLength(value.type) * (1 + readers.length) + (writesElse ? 0 : DISPATCH_BYTES);
    if (newBytes > saved) return;
    this.stored.delete(value);
    for (const group of [home, ...readers]) this.noteLoads(group);
  }

  private readersOf(value: Value): Group[] {
    return [...(this.readers.get(value) ?? [])].filter((group) => this.loadsOf(group).has(value));
  }

  /** What computing `values` from memory takes; undefined past `most` nodes, or where it needs a value that is not there. */
  private coneOf(values: readonly Value[], most: number): { loads: Set<Value>; cost: number } | undefined {
    const loads = new Set<Value>();
    let cost = 0;
    const pending: Value[] = [...values];
    const seen = new Set<Value>(pending);
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (++cost > most) return undefined;
      for (const base of basesOf(next.node!.inputs)) {
        if (seen.has(base)) continue;
        seen.add(base);
        if (!base.node || this.stored.has(base)) loads.add(base);
        else if (isPointwise(base)) pending.push(base);
        else return undefined;
      }
    }
    return { loads, cost };
  }

  private loadsOf(group: Group): ReadonlySet<Value> {
    return this.loads.get(group)!;
  }

  private noteLoads(group: Group): void {
    const { loads } = needsOf(group, this.storesOf(group), this.stored, this.owner);
    this.loads.set(group, loads);
    for (const load of loads) {
      const readers = this.readers.get(load);
      if (readers) readers.add(group);
      else this.readers.set(load, new Set([group]));
    }
  }

  private storesOf(group: Group): Value[] {
    return [...group.places.keys()].filter((value) => this.stored.has(value));
  }

  finish(): Materialised {
    const kernels: KernelGroup[] = [];
    const order = new Map(this.graph.nodes.map((node, position) => [node, position]));
    for (const group of this.groups) {
      const stores = this.storesOf(group);
      if (stores.length === 0) continue;
      const { nodes, loads } = needsOf(group, stores, this.stored, this.owner);
      nodes.sort((a, b) => order.get(a)! - order.get(b)!);
      kernels.push({ group, nodes, loads: [...loads], stores });
    }
    return { kernels, aliases: this.aliases };
  }
}

/** What the roots of a group are made of: nodes computed here, and values that are in memory already. */
function needsOf(
  group: Group,
  roots: readonly Value[],
  stored: ReadonlySet<Value>,
  owner: ReadonlyMap<Value, Group>,
): { nodes: Node[]; loads: Set<Value> } {
  if (group.domain.kind === "loop") return { nodes: [group.domain.node], loads: group.reads };
  const loads = new Set<Value>();
  const nodes: Node[] = roots.map((root) => root.node!);
  const seen = new Set<Node>(nodes);
  for (const node of nodes) {
    const bases = isComputed(node) ? basesOf(node.inputs) : basesOf(node.outputs);
    for (const base of bases) {
      const isElsewhere = !base.node || (stored.has(base) && owner.get(base) !== group);
      if (isElsewhere) loads.add(base);
      else if (!seen.has(base.node!)) {
        seen.add(base.node!);
        nodes.push(base.node!);
      }
    }
  }
  return { nodes, loads };
}

function isPointwise(value: Value): boolean {
  return value.node?.op.kind === "pointwise";
}

/** Whether this group of copies is of tensors of that size, with room for one more. */
function takesCopy({ domain, places, reads }: Group, copy: Value, limits: FusionLimits): boolean {
  if (fullCount(domain) !== copy.size) return false;
  return places.size + 1 + new Set([...reads, ...basesOf([copy])]).size <= limits.bindings;
}
