import type { LoopAttrs } from "../control/loop-layout.js";
import type { Graph, Node, Value } from "../graph.js";
import type { Target } from "../target.js";
import {
  defaultPlaces,
  type Domain,
  fullCount,
  fullLinear,
  Group,
  kernelDomain,
  type Place,
  rowDomain,
  sameDomain,
  type Schedule,
  takesMembers,
} from "./group.js";
import { type Index, positionKey, positionOf, substitute, symbol } from "./index-expr.js";
import { type FusionLimits, fusionLimits } from "./limits.js";
import { forwardThrough, readsOf } from "./reads.js";

/** The groups of a graph and which group computes each value. */
export interface Grouping {
  readonly groups: readonly Group[];
  readonly owner: ReadonlyMap<Value, Group>;
}

/**
 * Divides a graph into groups, each to become one kernel. Walks the nodes in order; each joins a group of what it is
 * made of where one thread can compute it from what the same thread has at hand, or opens a group of its own.
 * Movement and sources belong to no group: they are index arithmetic inside those that read them.
 *
 * Legal is a join when (1) members are read at exactly the place where they are computed, (2) no path leads from the
 * group through another group back into it, and (3) the caps on bindings and size hold. Costs O(nodes × candidates).
 */
export function groupNodes(
  graph: Graph,
  target: Target,
  fuse: boolean,
  scheduleBody: (body: Graph) => Schedule,
): Grouping {
  const grouper = new Grouper(graph, fusionLimits(target), scheduleBody);
  for (const [position, node] of graph.nodes.entries()) {
    if (isComputed(node)) grouper.place(node, position, fuse);
  }
  return { groups: grouper.groups.filter((group) => group.places.size > 0), owner: grouper.owner };
}

/** How many groups that read the same value are tried as siblings. */
const SIBLINGS = 4;

class Grouper {
  readonly groups: Group[] = [];
  readonly owner = new Map<Value, Group>();
  private readonly readers = new Map<Value, Group[]>();
  /** Nodes and results yet to come that read a value, directly or through movement. */
  private readonly unseenUses = new Map<Value, number>();
  private readonly basesByNode = new Map<Node, readonly Value[]>();

  constructor(
    graph: Graph,
    private readonly limits: FusionLimits,
    private readonly scheduleBody: (body: Graph) => Schedule,
  ) {
    for (const node of graph.nodes)
      if (isComputed(node)) this.bases(node).forEach((base) => this.countUse(base));
    for (const result of graph.results) basesOf([result]).forEach((base) => this.countUse(base));
  }

  place(node: Node, position: number, fuse: boolean): void {
    if (node.op.kind === "loop") this.openLoop(node, position);
    else if (!fuse || node.op.kind === "kernel" || !this.join(node, position)) this.open(node, position);
    for (const base of this.bases(node)) this.unseenUses.set(base, this.unseenUses.get(base)! - 1);
  }

  private countUse(value: Value): void {
    this.unseenUses.set(value, (this.unseenUses.get(value) ?? 0) + 1);
  }

  private open(node: Node, position: number): void {
    const group = new Group(this.groups.length, ownDomain(node));
    this.groups.push(group);
    const output = node.outputs[0]!;
    const place =
      node.op.kind === "reduce" ? rowLevel(group.domain, output) : fullLevel(group.domain, output);
    this.commit(group, node, place, position);
    for (const other of node.outputs.slice(1)) group.places.set(other, ownPlace(other));
  }

  private openLoop(node: Node, position: number): void {
    const { body } = node.attrs as LoopAttrs;
    const group = new Group(this.groups.length, { kind: "loop", node, body: this.scheduleBody(body) });
    this.groups.push(group);
    this.commit(group, node, { at: [], level: "full" }, position);
  }

  private join(node: Node, position: number): boolean {
    const candidates = this.candidates(node);
    for (const group of candidates) {
      const place =
        node.op.kind === "reduce" ? this.reducePlace(node, group) : this.pointwisePlace(node, group);
      if (!place) continue;
      this.commit(group, node, place, position);
      for (const other of candidates)
        if (other !== group && this.owns(other)) this.absorb(other, group, node);
      return true;
    }
    return false;
  }

  private owns(group: Group): boolean {
    return group.places.size > 0;
  }

  /** Groups that computed what the node reads, rows and contractions first; then those that read the same. */
  private candidates(node: Node): Group[] {
    const bases = this.bases(node);
    const owners = bases.flatMap((base) => this.owner.get(base) ?? []);
    const siblings = bases.flatMap((base) => (this.readers.get(base) ?? []).slice(-SIBLINGS));
    const rank = (group: Group): number => (group.domain.kind === "map" ? 1 : 0);
    const ordered = [...new Set(owners)].sort((a, b) => rank(a) - rank(b) || b.id - a.id);
    const tried = [...new Set([...ordered, ...siblings])];
    return tried.filter((group) => this.owns(group) && takesMembers(group.domain));
  }

  private bases(node: Node): readonly Value[] {
    let bases = this.basesByNode.get(node);
    if (!bases) this.basesByNode.set(node, (bases = basesOf(node.inputs)));
    return bases;
  }

  private pointwisePlace(node: Node, group: Group): Place | undefined {
    const output = node.outputs[0]!;
    for (const place of [...this.forwardPlaces(node, group), ...defaultPlaces(group.domain, output.shape)]) {
      if (!this.levelPays(place, group.domain)) continue;
      if (this.fits(node, place, group)) return place;
    }
    return undefined;
  }

  /** Full-level work inside a group of few long rows would run on few threads. */
  private levelPays(place: Place, domain: Domain): boolean {
    return (
      domain.kind !== "row" || place.level === "row" || this.limits.keepsBusy(domain.rows, domain.columns)
    );
  }

  private forwardPlaces(node: Node, group: Group): Place[] {
    return node.inputs.flatMap((input) => {
      const [place] = defaultPlaces({ kind: "map", count: input.size }, input.shape);
      return readsOf(input, place!.at).flatMap(({ value }) => {
        const computed = group.places.get(value);
        const at = computed && forwardThrough(input, value, computed.at);
        return at ? [{ at, level: computed.level }] : [];
      });
    });
  }

  /** A reduction joins rows like its own, or turns the map that makes its operand into such rows. */
  private reducePlace(node: Node, group: Group): Place | undefined {
    const domain = ownDomain(node);
    if (domain.kind !== "row" || !this.limits.keepsBusy(domain.rows, domain.columns)) return undefined;
    const output = node.outputs[0]!;
    const full = fullLevel(domain, node.inputs[0]!);
    if (group.domain.kind === "map" && group.domain.count === fullCount(domain)) {
      const rows = this.asRows(group, domain);
      if (!rows || !this.fits(node, full, rows)) return undefined;
      this.adopt(group, rows);
      return rowLevel(domain, output);
    }
    if (!sameDomain(group.domain, domain) || !this.fits(node, full, group)) return undefined;
    return rowLevel(domain, output);
  }

  /** The same members, each at the place that the row loop gives it. */
  private asRows(group: Group, domain: Domain): Group {
    const rows = new Group(group.id, domain);
    const replacement = new Map([["g", fullLinear(domain)]]);
    for (const [value, place] of group.places) {
      rows.places.set(value, { at: place.at.map((index) => substitute(index, replacement)), level: "full" });
    }
    for (const read of group.reads) rows.reads.add(read);
    rows.firstPosition = group.firstPosition;
    rows.reach = group.reach;
    return rows;
  }

  private adopt(group: Group, other: Group): void {
    group.domain = other.domain;
    for (const [value, place] of other.places) group.places.set(value, place);
  }

  /** Whether a node can have its inputs at a place of the group: members where computed, all else from memory. */
  private fits(node: Node, place: Place, group: Group): boolean {
    if (group.places.size >= this.limits.nodes) return false;
    const outside = new Set<Value>();
    for (const input of node.inputs) {
      for (const read of readsOf(input, place.at)) {
        const member = group.places.get(read.value);
        if (!member) outside.add(read.value);
        else if (positionKey(member.at) !== positionKey(read.at)) return false;
      }
    }
    for (const value of outside) {
      const owner = this.owner.get(value);
      if (owner && this.dependsOn(owner, group)) return false;
    }
    return this.bindingsAfter(group, outside, node) <= this.limits.bindings;
  }

  /** Bindings if the node, which reads `outside` from memory, were a member. */
  private bindingsAfter(group: Group, outside: ReadonlySet<Value>, node: Node): number {
    const bases = this.bases(node);
    let stores = 1;
    for (const value of group.places.keys()) {
      const unseen = (this.unseenUses.get(value) ?? 0) - (bases.includes(value) ? 1 : 0);
      if (unseen > 0 || this.isReadElsewhere(value, group)) stores++;
    }
    let loads = group.reads.size;
    for (const value of outside) if (!group.reads.has(value)) loads++;
    return stores + loads;
  }

  private isReadElsewhere(value: Value, group: Group): boolean {
    return (this.readers.get(value) ?? []).some((reader) => reader.id !== group.id && this.owns(reader));
  }

  /** Whether `group` needs something that `target` computes, directly or through others. */
  private dependsOn(group: Group, target: Group): boolean {
    const seen = new Set<Group>();
    const pending = [group];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next.id === target.id) return true;
      if (seen.has(next) || next.reach < target.firstPosition) continue;
      seen.add(next);
      for (const read of next.reads) {
        const owner = this.owner.get(read);
        if (owner) pending.push(owner);
      }
    }
    return false;
  }

  private commit(group: Group, node: Node, place: Place, position: number): void {
    for (const output of node.outputs) {
      group.places.set(output, place);
      this.owner.set(output, group);
    }
    group.firstPosition = Math.min(group.firstPosition, position);
    for (const base of this.bases(node)) if (!group.places.has(base)) this.addRead(group, base);
    this.extendReach([group], position);
  }

  /** Nodes come in order, so `position` is the last of all: whoever needs these groups now reaches as far as that. */
  private extendReach(groups: readonly Group[], position: number): void {
    const pending = [...groups];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next.reach === position) continue;
      next.reach = position;
      for (const value of next.places.keys()) pending.push(...(this.readers.get(value) ?? []));
    }
  }

  private addRead(group: Group, value: Value): void {
    if (group.reads.has(value)) return;
    group.reads.add(value);
    const readers = this.readers.get(value);
    if (readers) readers.push(group);
    else this.readers.set(value, [group]);
  }

  /** Moves all of `other` into `group`, where the node that reads both gives each of its members a place there. */
  private absorb(other: Group, group: Group, node: Node): void {
    if (other.places.size + group.places.size > this.limits.nodes) return;
    if (this.mergedBindings(other, group) > this.limits.bindings) return;
    if (this.pathBetween(other, group) || this.pathBetween(group, other)) return;
    const places = this.placesIn(other, group, node);
    if (!places) return;
    for (const [value, place] of places) {
      group.places.set(value, place);
      this.owner.set(value, group);
      group.reads.delete(value);
    }
    for (const read of other.reads) if (!group.places.has(read)) this.addRead(group, read);
    group.firstPosition = Math.min(group.firstPosition, other.firstPosition);
    for (const value of places.keys()) this.extendReach(this.readers.get(value) ?? [], group.reach);
    other.places.clear();
    other.reads.clear();
  }

  private placesIn(other: Group, group: Group, node: Node): Map<Value, Place> | undefined {
    if (sameDomain(other.domain, group.domain)) return this.readAtPlaces(new Map(other.places), group, node);
    if (other.domain.kind !== "map") return undefined;
    const level = (["full", "row"] as const).find(
      (candidate) => levelCount(group.domain, candidate) === fullCount(other.domain),
    );
    if (!level || !this.levelPays({ at: [], level }, group.domain)) return undefined;
    const linear = levelLinear(group.domain, level);
    const places = new Map<Value, Place>();
    for (const [value, place] of other.places) {
      places.set(value, { at: place.at.map((index) => substitute(index, new Map([["g", linear]]))), level });
    }
    return this.readAtPlaces(places, group, node);
  }

  /** The places, if the members of `group` read those values nowhere else. */
  private readAtPlaces(places: Map<Value, Place>, group: Group, node: Node): Map<Value, Place> | undefined {
    const all = new Map([...group.places, ...places]);
    const readers = [...all.keys()].flatMap((value) =>
      value.node && value.node !== node ? [value.node] : [],
    );
    for (const reader of [...readers, node]) {
      const place =
        reader.op.kind === "reduce"
          ? fullLevel(ownDomain(reader), reader.inputs[0]!)
          : all.get(reader.outputs[0]!)!;
      if (reader.op.kind === "kernel") continue;
      for (const input of reader.inputs) {
        for (const read of readsOf(input, place.at)) {
          const member = all.get(read.value);
          if (member && positionKey(member.at) !== positionKey(read.at)) return undefined;
        }
      }
    }
    return places;
  }

  /** A path from `from` to `to` through at least one other group. */
  private pathBetween(from: Group, to: Group): boolean {
    for (const read of to.reads) {
      const owner = this.owner.get(read);
      if (owner && owner !== from && owner !== to && this.dependsOn(owner, from)) return true;
    }
    return false;
  }

  private mergedBindings(a: Group, b: Group): number {
    const members = new Set([...a.places.keys(), ...b.places.keys()]);
    const loads = new Set([...a.reads, ...b.reads].filter((value) => !members.has(value)));
    let stores = 0;
    for (const value of members) {
      const elsewhere = (this.readers.get(value) ?? []).some(
        (reader) => reader !== a && reader !== b && this.owns(reader),
      );
      if (elsewhere || this.unseenUses.get(value)) stores++;
    }
    return loads.size + stores;
  }
}

/** Movement and sources are computed nowhere: they are index arithmetic of those that read them. */
export function isComputed(node: Node): boolean {
  return node.op.kind !== "source" && node.op.kind !== "movement";
}

/** The values that these come from, looking through movement. */
export function basesOf(values: readonly Value[]): readonly Value[] {
  const found = values.flatMap((value) => {
    return readsOf(value, positionOf(symbol("g", value.size), value.shape)).map((read) => read.value);
  });
  return [...new Set(found)];
}

function ownDomain(node: Node): Domain {
  switch (node.op.kind) {
    case "reduce":
      return rowDomain(node.inputs[0]!.shape, node.attrs.axes as readonly number[]);
    case "kernel":
      return kernelDomain(node, node.op);
    default:
      return { kind: "map", count: node.outputs[0]!.size };
  }
}

function fullLevel(domain: Domain, value: Value): Place {
  return defaultPlaces(domain, value.shape).find((place) => place.level === "full")!;
}

/** An output beside the first, which only templates have: in its own order. */
function ownPlace({ size, shape }: Value): Place {
  return { at: positionOf(symbol("g", size), shape), level: "full" };
}

function rowLevel(domain: Domain, value: Value): Place {
  return defaultPlaces(domain, value.shape).find((place) => place.level === "row")!;
}

function levelLinear(domain: Domain, level: "full" | "row"): Index {
  return level === "row" && domain.kind === "row" ? symbol("r", domain.rows) : fullLinear(domain);
}

function levelCount(domain: Domain, level: "full" | "row"): number {
  return level === "full" ? fullCount(domain) : domain.kind === "row" ? domain.rows : -1;
}
