import { isTape, type LoopAttrs } from "../control/loop-layout.js";
import { bug } from "../errors.js";
import type { Value } from "../graph.js";
import type { CarriedSlots, ProgramOutput, Slot } from "../program.js";
import { byteLength } from "../types.js";
import { tensorOf } from "./assemblies.js";
import type { LoopDomain, Schedule } from "./group.js";
import { loopOf } from "./lower-loops.js";

/** Which buffer holds each value in memory, and what the worst moment of a call needs. */
export interface MemoryPlan {
  readonly slots: readonly Slot[];
  /** What each loop carries. */
  readonly carriedBy: ReadonlyMap<LoopDomain, readonly CarriedSlots[]>;
  readonly slotOf: ReadonlyMap<Value, number>;
  readonly outputs: readonly ProgramOutput[];
  /** Bytes of inputs, outputs and temporaries together. */
  readonly peakBytes: number;
}

/**
 * Assigns values to whole-buffer slots by liveness over the order of dispatches. A temporary slot is free again after
 * the last dispatch that reads its value; a value is never read and written through one slot in one dispatch. The
 * temporaries of a loop's iteration are taken where those around it are free.
 */
export function planMemory(schedule: Schedule): MemoryPlan {
  const plan = new Planner(schedule);
  plan.bindInputs();
  plan.bindOutputs();
  plan.bindTemporaries(schedule, []);
  return plan.finish();
}

type MutableSlot =
  | { kind: "input"; input: number }
  | { kind: "output" | "temporary" | "carried"; bytes: number }
  | { kind: "tape"; rowBytes: number };

class Planner {
  private readonly slots: MutableSlot[] = [];
  private readonly slotOf = new Map<Value, number>();
  private readonly carriedBy = new Map<LoopDomain, readonly CarriedSlots[]>();

  constructor(private readonly schedule: Schedule) {}

  bindInputs(): void {
    const buffers = this.schedule.graph.params.filter((param) => param.passedAs === "buffer");
    for (const [input, param] of buffers.entries())
      this.slotOf.set(param, this.add({ kind: "input", input }));
  }

  bindOutputs(): void {
    for (const result of this.schedule.graph.results) {
      const home = this.schedule.aliases.get(result) ?? result;
      let slot = this.slotOf.get(home);
      if (slot === undefined) slot = this.add({ kind: "output", bytes: byteLength(home.type) });
      this.slotOf.set(home, slot);
      this.slotOf.set(result, slot);
    }
  }

  bindTemporaries(schedule: Schedule, free: number[]): void {
    const lastRead = lastReads(schedule);
    // An iteration frees what it made, not what came in or goes out.
    const own = new Set<Value>();
    for (const [step, bundle] of schedule.bundles.entries()) {
      const loop = loopOf(bundle);
      for (const { stores } of bundle.kernels)
        for (const value of tensorsOf(stores, schedule)) if (this.store(value, free)) own.add(value);
      if (loop) this.bindLoop(loop, schedule.aliases, free);
      for (const value of lastRead.get(step) ?? []) {
        const slot = this.slotOf.get(value)!;
        if (own.has(value) && this.slots[slot]!.kind === "temporary") free.push(slot);
      }
    }
  }

  /** Whether the value got a slot of its own just now. */
  private store(value: Value, free: number[]): boolean {
    if (this.slotOf.has(value)) return false;
    const slot = isTape(value)
      ? this.add({ kind: "tape", rowBytes: byteLength({ ...value.type, shape: value.shape.slice(1) }) })
      : this.take(free, byteLength(value.type));
    this.slotOf.set(value, slot);
    return true;
  }

  /** Gives the values of an iteration their slots: those of the loop's operands and outputs, and its own. */
  private bindLoop(loop: LoopDomain, aliases: ReadonlyMap<Value, Value>, free: number[]): void {
    const { node, body } = loop;
    const count = (node.attrs as LoopAttrs).carried;
    const [, ...params] = body.graph.params;
    const { results } = body.graph;
    const slots = node.inputs.map((operand) => this.slotOfOperand(aliases.get(operand) ?? operand, free));
    const carried = slots.slice(0, count).map((from, k) => {
      const bytes = byteLength(params[k]!.type);
      const reads = this.add({ kind: "carried", bytes });
      const writes = this.add({ kind: "carried", bytes });
      this.slotOf.set(params[k]!, reads).set(results[k]!, writes);
      return { from, into: this.slotOf.get(node.outputs[k]!)!, spare: this.take(free, bytes), reads, writes };
    });
    params.slice(count).forEach((param, k) => this.slotOf.set(param, slots[count + k]!));
    results
      .slice(count)
      .forEach((row, k) => this.slotOf.set(row, this.slotOf.get(node.outputs[count + k]!)!));
    this.carriedBy.set(loop, carried);
    this.bindTemporaries(body, free);
    free.push(...carried.map(({ spare }) => spare));
  }

  /** What has no elements was never written, and is never read. */
  private slotOfOperand(value: Value, free: number[]): number {
    const known = this.slotOf.get(value);
    if (known !== undefined) return known;
    if (value.size > 0) throw bug("an operand of a loop is not in memory");
    const slot = this.take(free, 0);
    this.slotOf.set(value, slot);
    return slot;
  }

  /** The free slot that wastes least; a too small one grows; a new one where none is free. */
  private take(free: number[], bytes: number): number {
    const size = (slot: number): number => (this.slots[slot] as { bytes: number }).bytes;
    const waste = (slot: number): number =>
      size(slot) >= bytes ? size(slot) - bytes : 2 * (bytes - size(slot));
    if (free.length === 0) return this.add({ kind: "temporary", bytes });
    const best = free.reduce((a, b) => (waste(b) < waste(a) ? b : a));
    free.splice(free.indexOf(best), 1);
    const slot = this.slots[best] as { bytes: number };
    slot.bytes = Math.max(slot.bytes, bytes);
    return best;
  }

  private add(slot: MutableSlot): number {
    this.slots.push(slot);
    return this.slots.length - 1;
  }

  finish(): MemoryPlan {
    const { graph } = this.schedule;
    const inputs = graph.params.filter((param) => param.passedAs === "buffer");
    const inputBytes = inputs.reduce((sum, param) => sum + byteLength(param.type), 0);
    const ownBytes = this.slots.reduce((sum, slot) => sum + ownBytesOf(slot), 0);
    const outputs = graph.results.map((result) => ({ type: result.type, slot: this.slotOf.get(result)! }));
    return {
      slots: this.slots,
      slotOf: this.slotOf,
      carriedBy: this.carriedBy,
      outputs,
      peakBytes: inputBytes + ownBytes,
    };
  }
}

/** A tape is as long as its loop will run: it has no bytes yet. */
function ownBytesOf(slot: MutableSlot): number {
  return slot.kind === "output" || slot.kind === "temporary" ? slot.bytes : 0;
}

/** The values that each step is the last to touch. */
function lastReads(schedule: Schedule): Map<number, Value[]> {
  const last = new Map<Value, number>();
  for (const [step, { kernels }] of schedule.bundles.entries()) {
    for (const { loads, stores } of kernels)
      for (const value of tensorsOf([...loads, ...stores], schedule)) last.set(value, step);
  }
  const byStep = new Map<number, Value[]>();
  for (const [value, step] of last) {
    if (value.passedAs === "scalar") continue;
    const values = byStep.get(step);
    if (values) values.push(value);
    else byStep.set(step, [value]);
  }
  return byStep;
}

/** The tensors, each a buffer, in which these values lie. */
function tensorsOf(values: readonly Value[], { homes }: Schedule): readonly Value[] {
  return values.map((value) => tensorOf(value, homes));
}
