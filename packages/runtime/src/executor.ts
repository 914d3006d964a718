import type { Dispatch, Loop, WeftError } from "@weftjs/ir/core";
import type { BindGroupCache, BoundRange } from "./bind-group-cache.js";
import type { BufferNeeds, BufferPool, PooledBuffer } from "./buffer-pool.js";
import type { Call } from "./call.js";
import type { CommandBatch } from "./command-batch.js";
import { callMismatch, neverWritten } from "./device-errors.js";
import type { Provision } from "./memory.js";
import type { PreparedKernel, PreparedProgram } from "./prepared-program.js";
import type { LoopSteps, Step } from "./program-steps.js";
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
  /** Submits, and gives the first four bytes of each buffer. */
  readonly read: (buffers: readonly PooledBuffer[]) => Promise<readonly ArrayBuffer[]>;
  /** Makes room for a buffer of so many bytes: ask again after a promise. */
  readonly provide: (bytes: number, needs: BufferNeeds) => Provision;
}

/** The buffer of each slot, as far as it has one now. */
type SlotBuffers = (PooledBuffer | undefined)[];

/** A call that is being encoded. */
interface Run {
  readonly prepared: PreparedProgram;
  readonly buffers: SlotBuffers;
}

/** Iterations of a loop without known count before its flag is looked at for the first time, and the most later. */
const FIRST_CHUNK = 8;
const LARGEST_CHUNK = 512;
/** Dispatches of one call after which the GPU gets to work on them. */
const LONG_BATCH = 4096;

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

  /**
   * Encodes one call and gives its outputs their content. The pool must have been provided for. A call whose length
   * the device decides is encoded in parts: the promise is there until the last, and nothing else may be encoded.
   */
  encode(call: Call, prepared: PreparedProgram): Promise<void> | undefined {
    const { arena, batch, submit } = this.#parts;
    const { program } = prepared;
    if (program.scalars.length > 0) {
      prepared.scalars = arena.place(call.scalars, program.scalars, prepared.scalars, submit);
    }
    const buffers = this.#takeBuffers(call, prepared);
    batch.profiler?.nextCall();
    const walk = this.#walk(prepared.steps, { prepared, buffers });
    if (prepared.hasOpenLoops) return this.#encodeInParts(walk, call, prepared, buffers);
    walk.next(); // No loop in it asks for anything.
    this.#finish(call, prepared, buffers);
    return undefined;
  }

  async #encodeInParts(
    walk: Generator<Promise<unknown>, void, void>,
    call: Call,
    prepared: PreparedProgram,
    buffers: SlotBuffers,
  ): Promise<void> {
    try {
      for (const wait of walk) await wait;
    } catch (error) {
      this.#giveBack(prepared, buffers);
      throw error;
    }
    this.#finish(call, prepared, buffers);
  }

  #finish(call: Call, prepared: PreparedProgram, buffers: SlotBuffers): void {
    const { batch, counters } = this.#parts;
    for (const buffer of buffers) if (buffer) buffer.lastBatch = batch.number;
    this.#giveOutputs(call, prepared, buffers);
    counters.calls++;
  }

  /** One buffer for each slot that has one from the start; those of outputs and temporaries are held until the end. */
  #takeBuffers(call: Call, { program, roles }: PreparedProgram): SlotBuffers {
    return program.slots.map((slot, i) => {
      switch (slot.kind) {
        case "input":
          return call.inputs[slot.input]!.buffer!;
        case "output":
        case "temporary":
          return this.#parts.pool.take(slot.bytes, roles[i]!);
        case "carried":
        case "tape":
          return undefined;
        default:
          return slot satisfies never;
      }
    });
  }

  /** Encodes the steps in order; gives out what has to be waited for. */
  *#walk(steps: readonly Step[], run: Run): Generator<Promise<unknown>, void, void> {
    for (const step of steps) {
      if (typeof step === "number") this.#dispatch(step, run);
      else if (step.loop.count === null) yield* this.#repeatUntilDone(step, run);
      else yield* this.#repeat(step, step.loop.count, run);
    }
  }

  *#repeat({ loop, body }: LoopSteps, count: number, run: Run): Generator<Promise<unknown>, void, void> {
    for (let trip = 0; trip < count; trip++) {
      this.#turn(loop, trip, (count - trip) % 2 === 1, run);
      yield* this.#walk(body, run);
      this.#submitIfLong();
    }
  }

  /** In chunks of an even number of iterations, so that each ends with what is carried in its final place. */
  *#repeatUntilDone(step: LoopSteps, run: Run): Generator<Promise<unknown>, void, void> {
    const { loop, body, tapes } = step;
    const [flag, index] = [loop.carried[0]!, loop.carried.at(-1)!];
    let chunk = Math.max(FIRST_CHUNK, 2 * Math.ceil((step.lastTrips + 1) / 2));
    for (let trip = 0, isDone = false; !isDone; chunk = Math.min(2 * chunk, LARGEST_CHUNK)) {
      const end = trip + chunk;
      // One row more: iterations that change nothing write their rows behind the last.
      for (const tape of tapes) yield* this.#provideRows(tape, trip, end + 1, run);
      for (; trip < end; trip++) {
        this.#turn(loop, trip, trip % 2 === 1, run);
        yield* this.#walk(body, run);
        this.#submitIfLong();
      }
      yield this.#parts.read([run.buffers[flag.into]!, run.buffers[index.into]!]).then(([goesOn, trips]) => {
        isDone = new Uint32Array(goesOn!)[0] === 0;
        step.lastTrips = new Uint32Array(trips!)[0]!;
      });
    }
  }

  /** Binds what is carried for one iteration. */
  #turn({ carried }: Loop, trip: number, endsInPlace: boolean, { buffers }: Run): void {
    for (const { from, into, spare, reads, writes } of carried) {
      buffers[reads] = buffers[trip === 0 ? from : writes];
      buffers[writes] = buffers[endsInPlace ? into : spare];
    }
  }

  /** A buffer for `rows` rows of a tape, of which the first `written` are kept. */
  *#provideRows(
    slot: number,
    written: number,
    rows: number,
    { prepared, buffers }: Run,
  ): Generator<Promise<unknown>, void, void> {
    const { pool, batch, provide } = this.#parts;
    const rowBytes = prepared.slotBytes[slot]!;
    const old = buffers[slot];
    if (old && old.capacity >= rows * rowBytes) return;
    const bytes = Math.max(rows, 2 * written) * rowBytes;
    const needs = new Map([[pool.classOf(bytes), 1]]);
    for (let provision = provide(bytes, needs); provision !== "ready"; provision = provide(bytes, needs)) {
      if (!(provision instanceof Promise)) throw provision;
      yield provision;
    }
    const grown = pool.take(bytes, prepared.roles[slot]!);
    if (old) {
      batch.copy(old.gpu, grown.gpu, written * rowBytes);
      old.lastBatch = batch.number;
      old.drop();
    }
    buffers[slot] = grown;
  }

  /** A long loop is handed over bit by bit. */
  #submitIfLong(): void {
    if (this.#parts.batch.dispatches >= LONG_BATCH) this.#parts.submit();
  }

  #dispatch(position: number, { prepared, buffers }: Run): void {
    const { batch, bindGroups, counters } = this.#parts;
    const { program, kernels, pipelines } = prepared;
    this.#dynamicOffset[0] = prepared.scalars?.offset ?? 0;
    const dispatch = program.dispatches[position]!;
    const { kernel: index, workgroups } = dispatch;
    const kernel = kernels[index]!;
    const group = bindGroups.groupFor(kernel.layout, this.#ranges(kernel, dispatch, prepared, buffers));
    const pass = batch.passFor(program, position);
    pass.setPipeline(pipelines![index]!);
    if (kernel.hasScalars) pass.setBindGroup(0, group, this.#dynamicOffset);
    else pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    batch.dispatches++;
    counters.dispatches++;
  }

  #ranges(
    { kernel }: PreparedKernel,
    dispatch: Dispatch,
    { program, slotBytes, places }: PreparedProgram,
    buffers: SlotBuffers,
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
      const bytes = program.slots[slot]!.kind === "tape" ? buffer.capacity : slotBytes[slot]!;
      return { id: buffer.id, buffer: buffer.gpu, offset, bytes: bytes - offset };
    });
  }

  /** Outputs take their buffers; the rest goes back. */
  #giveOutputs(call: Call, prepared: PreparedProgram, buffers: SlotBuffers): void {
    const { ledger } = this.#parts;
    for (const [i, { slot, type }] of prepared.program.outputs.entries()) {
      const output = call.outputs[i]!;
      output.origin = { name: call.name, type };
      ledger.write(output, buffers[slot]!);
    }
    this.#giveBack(prepared, buffers);
  }

  #giveBack({ program }: PreparedProgram, buffers: SlotBuffers): void {
    for (const [slot, { kind }] of program.slots.entries()) {
      if (kind !== "input" && kind !== "carried") buffers[slot]?.drop();
    }
  }
}
