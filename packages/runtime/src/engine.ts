import { type Program, WeftError } from "@weftjs/ir/core";
import { BindGroupCache } from "./bind-group-cache.js";
import { BufferPool, BufferRole, type BufferNeeds, type PooledBuffer } from "./buffer-pool.js";
import type { Call } from "./call.js";
import { CommandBatch } from "./command-batch.js";
import { defer, type Deferred } from "./deferred.js";
import { DeviceChecks } from "./device-checks.js";
import { commandRefused, outOfMemory, toWeftError } from "./device-errors.js";
import { Executor } from "./executor.js";
import type { GcPressure } from "./gc-pressure.js";
import { Memory, type Provision } from "./memory.js";
import { isSoftware } from "./adapter.js";
import { Patience } from "./patience.js";
import { PipelineCache } from "./pipeline-cache.js";
import { type BufferLimits, bufferLimits, PreparedProgram, sizeExcess } from "./prepared-program.js";
import { Readback, type Transfer } from "./readback.js";
import { ScalarArena } from "./scalar-arena.js";
import type { Counters } from "./stats.js";
import type { StorageLedger } from "./storage-ledger.js";
import type { Storage } from "./storage.js";
import { answerInTime } from "./watchdog.js";

interface PendingRead {
  readonly transfer: Transfer;
  readonly answer: Deferred<ArrayBuffer>;
}

export interface EngineParts {
  readonly device: GPUDevice;
  readonly ledger: StorageLedger;
  readonly pressure: GcPressure;
  readonly counters: Counters;
  readonly budgetBytes: number;
  /** Told of an error that came too late to stop its command. */
  readonly onIncident: (error: WeftError) => void;
}

/**
 * Everything that exists once the device does: turns single pieces of work into commands, submits them, and
 * follows each submit until the device has said that it was sound.
 */
export class Engine {
  readonly pool: BufferPool;
  readonly memory: Memory;
  readonly batch: CommandBatch;
  readonly executor: Executor;
  /** Submits since the host last waited for the GPU. */
  submitsAhead = 0;
  /** The copies that are encoded but not submitted. */
  #reads: PendingRead[] = [];
  /** Storages written since the last submit, then by submit until its verdict is there. */
  #written: Storage[] = [];
  readonly #unverified = new Map<number, { written: readonly Storage[]; verdict: Promise<unknown> }>();
  readonly #uploads = new BufferRole();
  readonly #prepared = new WeakMap<Program, PreparedProgram>();
  readonly #parts: EngineParts;
  readonly #limits: BufferLimits;
  readonly #checks: DeviceChecks;
  readonly #pipelines: PipelineCache;
  readonly #readback: Readback;
  readonly #patience: Patience;

  constructor(parts: EngineParts) {
    const { device, ledger, counters } = parts;
    this.#parts = parts;
    this.#limits = bufferLimits(device.limits);
    this.#checks = new DeviceChecks(device);
    this.#patience = new Patience(isSoftware(device.adapterInfo));
    this.#pipelines = new PipelineCache(device, counters);
    this.#readback = new Readback(device, this.#checks, counters);
    this.pool = new BufferPool(device, this.#checks, counters);
    this.batch = new CommandBatch(device, this.#checks, counters);
    const bindGroups = new BindGroupCache(device, this.#checks, counters);
    const arena = new ScalarArena(device, counters);
    const submit = (): void => this.submit();
    const { pool, batch } = this;
    const read = (buffers: readonly PooledBuffer[]): Promise<readonly ArrayBuffer[]> => this.#peek(buffers);
    const provide = (bytes: number, needs: BufferNeeds): Provision =>
      this.sizeFault(bytes) ?? this.memory.provide(needs);
    const executorParts = { pool, batch, ledger, arena, bindGroups, counters, submit, read, provide };
    this.executor = new Executor(executorParts);
    const beforeTrim = (): void => {
      this.submit();
      bindGroups.clear();
    };
    this.memory = new Memory({ ...parts, pool, beforeTrim });
  }

  /** The program on this device, compiling from the first time it is seen. */
  prepare(program: Program): PreparedProgram {
    let prepared = this.#prepared.get(program);
    if (!prepared) {
      prepared = new PreparedProgram(program, this.#parts.device, this.#pipelines, this.pool);
      this.#prepared.set(program, prepared);
      void this.#patience.wait(prepared.settled);
    }
    return prepared;
  }

  get hasUnsentReads(): boolean {
    return this.#reads.length > 0;
  }

  /** W4021 where no buffer can hold so much. */
  sizeFault(bytes: number): WeftError | undefined {
    return sizeExcess("a tensor", bytes, this.#limits);
  }

  /** Whether the content of `storage` has room without anything to wait for. */
  fitsNow(storage: Storage): boolean {
    const needs = this.needsOf(storage);
    if (this.pool.shortage(needs).length === 0) return true;
    const { pressure, ledger } = this.#parts;
    return !pressure.isHigh(ledger) && this.memory.canGrow(needs);
  }

  needsOf(storage: Storage): BufferNeeds {
    return new Map([[this.pool.classOf(storage.bytes), 1]]);
  }

  /** The promise is there for a call whose length the device decides: nothing else may run before it is settled. */
  run(call: Call, prepared: PreparedProgram): Promise<void> | undefined {
    const rest = this.executor.encode(call, prepared);
    if (rest) return rest.then(() => void this.#written.push(...call.outputs));
    this.#written.push(...call.outputs);
    return undefined;
  }

  /** `data` is copied before this returns; its length is a multiple of 4. */
  upload(storage: Storage, data: Uint8Array<ArrayBuffer>): void {
    const buffer = this.pool.take(storage.bytes, this.#uploads);
    // A write comes before everything that is not submitted, so it must not touch what that uses.
    if (buffer.lastBatch === this.batch.number) this.submit();
    this.#parts.device.queue.writeBuffer(buffer.gpu, 0, data);
    this.#parts.counters.writes++;
    storage.origin = { name: "an upload" };
    this.#parts.ledger.write(storage, buffer);
    buffer.drop();
    this.#written.push(storage);
  }

  /** Encodes the copy; `answer` settles after the next submit. */
  read(storage: Storage, answer: Deferred<ArrayBuffer>): void {
    const transfer = this.#readback.copy(this.batch, storage.buffer!.gpu, storage.bytes);
    this.#parts.counters.reads++;
    storage.buffer!.lastBatch = this.batch.number;
    this.#reads.push({ transfer, answer });
  }

  #peek(buffers: readonly PooledBuffer[]): Promise<readonly ArrayBuffer[]> {
    this.#parts.counters.loopChecks++;
    const answers = buffers.map((buffer) => {
      const answer = defer<ArrayBuffer>();
      this.#reads.push({ transfer: this.#readback.copy(this.batch, buffer.gpu, 4), answer });
      return answer.promise;
    });
    this.submit();
    return Promise.all(answers);
  }

  /** Hands what is encoded to the GPU. */
  submit(): void {
    if (this.batch.isEmpty) return;
    const { number } = this.batch;
    this.batch.submit();
    this.submitsAhead++;
    const reads = this.#reads;
    this.#reads = [];
    const verdict = this.#follow(number);
    for (const read of reads) void this.#finish(read, verdict);
  }

  /** When the GPU has done all that was submitted, and all of it was found sound or reported. */
  async finish(): Promise<void> {
    this.submit();
    if (this.#written.length > 0) void this.#follow(this.batch.number++); // Uploads alone need no submit.
    const verdicts = [...this.#unverified.values()].map(({ verdict }) => verdict);
    await Promise.all([this.waitForGpu(), ...verdicts]);
  }

  async waitForGpu(): Promise<void> {
    this.submitsAhead = 0;
    const done = this.#patience.wait(this.#parts.device.queue.onSubmittedWorkDone());
    await answerInTime(done, () => this.#works());
  }

  /** Declares everything wrong that is not verified yet, from batch `first` on. */
  blame(error: WeftError, first = 0): void {
    for (const [number, { written }] of this.#unverified) {
      if (number >= first) for (const storage of written) storage.failure ??= error;
    }
    for (const storage of this.#written) storage.failure ??= error;
    this.#parts.onIncident(error);
  }

  async #finish({ transfer, answer }: PendingRead, verdict: Promise<WeftError | undefined>): Promise<void> {
    try {
      const arrival = Promise.all([this.#readback.map(transfer), verdict]);
      const [content, error] = await answerInTime(this.#patience.wait(arrival), () => this.#works());
      this.submitsAhead = 0;
      if (error) answer.reject(error);
      else answer.resolve(content);
    } catch (thrown) {
      if (thrown instanceof WeftError) return answer.reject(thrown);
      const error = await verdict;
      // A lost device ends here too, but whoever hears of the loss has the reason, and rejects meanwhile.
      setTimeout(() => answer.reject(error ?? toWeftError(thrown)), 100);
    }
  }

  /** What the GPU was last given, by name. */
  #works(): string[] {
    const written = [...this.#unverified.values()].flatMap((batch) => batch.written);
    return [...new Set(written.map(({ origin }) => origin?.name ?? "a call"))].slice(0, 5);
  }

  #follow(number: number): Promise<WeftError | undefined> {
    const written = this.#written;
    this.#written = [];
    const verdict = this.#judge(number);
    this.#unverified.set(number, { written, verdict });
    return verdict;
  }

  async #judge(number: number): Promise<WeftError | undefined> {
    const gpuError = await this.#checks.verdict();
    const error = gpuError && this.#translate(gpuError);
    if (error) this.blame(error, number);
    this.#unverified.delete(number);
    return error;
  }

  #translate(error: GPUError): WeftError {
    // By name, since Node has no global constructors to compare with.
    if (error.constructor.name !== "GPUOutOfMemoryError") return commandRefused(error.message);
    const { counters, budgetBytes, ledger } = this.#parts;
    return outOfMemory({
      wanted: 0,
      budget: budgetBytes,
      inUse: counters.poolBytes,
      largest: ledger.largest(5),
      cause: error,
    });
  }
}
