import type { Dispatch, WeftError } from "@weftjs/ir";
import type { BindGroupCache, BoundRange } from "./bind-group-cache.js";
import type { BufferPool, PooledBuffer } from "./buffer-pool.js";
import type { Call } from "./call.js";
import type { CommandBatch } from "./command-batch.js";
import { callMismatch, neverWritten } from "./device-errors.js";
import type { PreparedKernel, PreparedProgram } from "./prepared-program.js";
import { bindingBytes, type ScalarArena } from "./scalar-arena.js";
import type { Counters } from "./stats.js";
import type { StorageLedger } from "./storage-ledger.js";

export interface ExecutorParts {
  readonly pool: BufferPool;
  readonly ledger: StorageLedger;
  readonly arena: ScalarArena;
  readonly bindGroups: BindGroupCache;
  readonly batch: CommandBatch;
  readonly counters: Counters;
  readonly submit: () => void;
}

/** Encodes calls whose programs are compiled: binds slots to buffers and scalars to their place. */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #dynamicOffset = [0];

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Why this call cannot run although its program can: wrong counts, or an input without content. */
  faultOf(call: Call, { program, slotBytes }: PreparedProgram): WeftError | undefined {
    const counts = [
      ["inputs", call.inputs.length, program.inputs.length],
      ["scalars", call.scalars.length, program.scalars.length],
      ["outputs", call.outputs.length, program.outputs.length],
    ] as const;
    for (const [what, got, needed] of counts) {
      if (got !== needed) return callMismatch(`${call.name} needs ${needed} ${what}, got ${got}`);
    }
    for (const [i, slot] of program.slots.entries()) {
      if (slot.kind !== "input") continue;
      const input = call.inputs[slot.input]!;
      if (!input.buffer) return neverWritten(input.bytes);
      if (input.buffer.capacity < slotBytes[i]!) {
        return callMismatch(
          `${call.name} needs ${slotBytes[i]} bytes at input ${slot.input}, got ${input.bytes}`,
        );
      }
    }
    return undefined;
  }

  /** Encodes one call and gives its outputs their content. The pool must have been provided for. */
  encode(call: Call, prepared: PreparedProgram): void {
    const { counters, batch, arena, submit } = this.#parts;
    const { program } = prepared;
    if (program.scalars.length > 0) {
      prepared.scalars = arena.place(call.scalars, program.scalars, prepared.scalars, submit);
    }
    const buffers = this.#takeBuffers(call, prepared);
    if (program.dispatches.length > 0) this.#dispatch(prepared, buffers);
    for (const buffer of buffers) buffer.lastBatch = batch.number;
    this.#giveOutputs(call, prepared, buffers);
    counters.calls++;
  }

  /** One buffer for each slot; those of outputs and temporaries are held until `#giveOutputs`. */
  #takeBuffers(call: Call, { program, roles }: PreparedProgram): PooledBuffer[] {
    return program.slots.map((slot, i) =>
      slot.kind === "input" ? call.inputs[slot.input]!.buffer! : this.#parts.pool.take(slot.bytes, roles[i]!),
    );
  }

  #dispatch(prepared: PreparedProgram, buffers: readonly PooledBuffer[]): void {
    const { batch, bindGroups, counters } = this.#parts;
    const { program, kernels, pipelines } = prepared;
    batch.profiler?.nextCall();
    this.#dynamicOffset[0] = prepared.scalars?.offset ?? 0;
    for (const [k, dispatch] of program.dispatches.entries()) {
      const { kernel: index, workgroups } = dispatch;
      const kernel = kernels[index]!;
      const group = bindGroups.groupFor(kernel.layout, this.#ranges(kernel, dispatch, prepared, buffers));
      const pass = batch.passFor(program, k);
      pass.setPipeline(pipelines![index]!);
      if (kernel.hasScalars) pass.setBindGroup(0, group, this.#dynamicOffset);
      else pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    batch.dispatches += program.dispatches.length;
    counters.dispatches += program.dispatches.length;
  }

  #ranges(
    { kernel }: PreparedKernel,
    dispatch: Dispatch,
    { program, slotBytes, places }: PreparedProgram,
    buffers: readonly PooledBuffer[],
  ): BoundRange[] {
    return kernel.bindings.map((kind, i) => {
      if (kind === "scalars") {
        const bytes = bindingBytes(program.scalars);
        return { id: 0, buffer: this.#parts.arena.buffer, offset: 0, bytes };
      }
      if (kind === "places") return places!.rangeOf(dispatch);
      const slot = dispatch.slots[i]!;
      const buffer = buffers[slot]!;
      const offset = dispatch.offsets?.[i] ?? 0;
      return { id: buffer.id, buffer: buffer.gpu, offset, bytes: slotBytes[slot]! - offset };
    });
  }

  /** Outputs take their buffers; the rest goes back. */
  #giveOutputs(call: Call, { program }: PreparedProgram, buffers: readonly PooledBuffer[]): void {
    const { ledger } = this.#parts;
    for (const [i, { slot, type }] of program.outputs.entries()) {
      const output = call.outputs[i]!;
      output.origin = { name: call.name, type };
      ledger.write(output, buffers[slot]!);
    }
    for (const [slot, buffer] of buffers.entries()) {
      if (program.slots[slot]!.kind !== "input") buffer.drop();
    }
  }
}
