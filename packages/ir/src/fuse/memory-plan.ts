import type { Value } from "../graph.js";
import type { ProgramOutput, Slot } from "../program.js";
import { byteLength } from "../types.js";
import { tensorOf } from "./assemblies.js";
import type { Schedule } from "./schedule.js";

/** Which buffer holds each value in memory, and what the worst moment of a call needs. */
export interface MemoryPlan {
  readonly slots: readonly Slot[];
  readonly slotOf: ReadonlyMap<Value, number>;
  readonly outputs: readonly ProgramOutput[];
  /** Bytes of inputs, outputs and temporaries together. */
  readonly peakBytes: number;
}

/**
 * Assigns values to whole-buffer slots by liveness over the order of dispatches. A temporary slot is free again after
 * the last dispatch that reads its value; a value is never read and written through one slot in one dispatch.
 */
export function planMemory(schedule: Schedule): MemoryPlan {
  const plan = new Planner(schedule);
  plan.bindInputs();
  plan.bindOutputs();
  plan.bindTemporaries();
  return plan.finish();
}

type MutableSlot = { kind: "input"; input: number } | { kind: "output" | "temporary"; bytes: number };

class Planner {
  private readonly slots: MutableSlot[] = [];
  private readonly slotOf = new Map<Value, number>();

  constructor(private readonly schedule: Schedule) {}

  /** The tensors, each a buffer, in which these values lie. */
  private tensors(values: readonly Value[]): readonly Value[] {
    return values.map((value) => tensorOf(value, this.schedule.homes));
  }

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

  bindTemporaries(): void {
    const lastRead = this.lastReads();
    const free: number[] = [];
    for (const [step, { kernels }] of this.schedule.bundles.entries()) {
      for (const { stores } of kernels) {
        for (const value of this.tensors(stores))
          if (!this.slotOf.has(value)) this.slotOf.set(value, this.take(free, byteLength(value.type)));
      }
      for (const value of lastRead.get(step) ?? []) {
        const slot = this.slotOf.get(value)!;
        if (this.slots[slot]!.kind === "temporary") free.push(slot);
      }
    }
  }

  /** The values that each step is the last to touch. */
  private lastReads(): Map<number, Value[]> {
    const last = new Map<Value, number>();
    for (const [step, { kernels }] of this.schedule.bundles.entries()) {
      for (const { loads, stores } of kernels)
        for (const value of this.tensors([...loads, ...stores])) last.set(value, step);
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
    const ownBytes = this.slots.reduce((sum, slot) => sum + (slot.kind === "input" ? 0 : slot.bytes), 0);
    const outputs = graph.results.map((result) => ({ type: result.type, slot: this.slotOf.get(result)! }));
    return { slots: this.slots, slotOf: this.slotOf, outputs, peakBytes: inputBytes + ownBytes };
  }
}
