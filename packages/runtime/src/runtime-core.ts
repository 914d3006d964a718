import { type Program, readDeviceSwitch, type Target, type WeftError } from "@weftjs/ir/core";
import type { Call } from "./call.js";
import { defer, type Deferred } from "./deferred.js";
import {
  commandRefused,
  deviceLost,
  runtimeDestroyed,
  storageReleased,
  toWeftError,
} from "./device-errors.js";
import { Engine } from "./engine.js";
import { callNextTurn } from "./environment.js";
import { collectByAllocation, GcPressure, type CollectGarbage } from "./gc-pressure.js";
import type { DeviceInfo, OpenDevice } from "./open-device.js";
import { type Claim, Reclamation } from "./reclamation.js";
import { Counters, type RuntimeStats } from "./stats.js";
import { StorageLedger } from "./storage-ledger.js";
import type { Storage } from "./storage.js";
import { WorkQueue } from "./work-queue.js";

/** How a runtime comes to its device, and what it asks of its surroundings. */
export interface DeviceAccess {
  /** Asked once, when the device is first needed. */
  open(): Promise<OpenDevice>;
  /** Whether others use the device too: then it is left open at the end. */
  readonly isShared: boolean;
  /** Asks for a garbage collection in a better way than by allocating. */
  collector?(): Promise<CollectGarbage>;
  /** Bytes of device memory; by default `WEFT_MEMORY_MB`, else 1 GiB, 512 MiB on a software adapter. */
  readonly budgetBytes?: number | undefined;
}

/** Calls that wait before they are encoded without waiting for the end of the turn. */
const CALLS_PER_FLUSH = 64;

/**
 * Runs Programs on one device, which is opened when it is first needed. Everything that asks for work returns
 * at once; only `ready`, `prepare`, `read` and `sync` wait. Work happens in the order in which it was asked for.
 *
 * This much is in every page with precompiled functions: what only finding a device in Node or profiling needs is in
 * `Runtime`.
 */
export class RuntimeCore {
  readonly #access: DeviceAccess;
  readonly #counters = new Counters();
  readonly #ledger = new StorageLedger();
  readonly #reclamation = new Reclamation();
  readonly #pressure: GcPressure;
  readonly #queue: WorkQueue;
  readonly #answers = new Set<{ reject(error: WeftError): void }>();
  #opening: Promise<DeviceInfo> | undefined;
  #open: OpenDevice | undefined;
  #engine: Engine | undefined;
  #end: WeftError | undefined;
  #collect: CollectGarbage = collectByAllocation;
  #isLost = false;
  #hasAnswered = false;
  #isMicrotaskAsked = false;
  #isTurnAsked = false;

  constructor(access: DeviceAccess) {
    this.#access = access;
    this.#pressure = new GcPressure((bytes) => this.#collect(bytes), this.#counters);
    this.#queue = new WorkQueue(this.#ledger, this.#pressure);
  }

  /** Known once `ready()` has resolved. */
  get target(): Target | undefined {
    return this.#open?.target;
  }

  /** Why nothing can be done any more; undefined while it can. */
  get end(): WeftError | undefined {
    return this.#end;
  }

  /** Whether that is because the device was lost: another may be had. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether anything that was waited for ever came. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get info(): DeviceInfo | undefined {
    return this.#open?.info;
  }

  /** Opens the device, once. Rejects with W4001 to W4004, W4010 or W4011. */
  ready(): Promise<DeviceInfo> {
    if (this.#end) return Promise.reject(this.#end);
    if (!this.#opening) {
      this.#opening = this.#start();
      this.#opening.catch((thrown: unknown) => this.#finish(toWeftError(thrown)));
    }
    return this.#opening;
  }

  /** When the kernels of a program are compiled. Rejects with W4021, W4030 or W4031 where it cannot run. */
  async prepare(program: Program): Promise<void> {
    await this.ready();
    const prepared = this.#engine?.prepare(program);
    await prepared?.settled;
    const failure = this.#end ?? prepared?.failure;
    if (failure) throw failure;
  }

  /** A virtual storage with one reference. Throws W4021 where it is known already that none so large can be. */
  allocate(bytes: number): Storage {
    if (this.#end) throw this.#end;
    const fault = this.#engine?.sizeFault(bytes);
    if (fault) throw fault;
    return this.#ledger.create(bytes);
  }

  /** A storage with `data` as its content. The array may be changed as soon as this returns. */
  upload(data: ArrayBufferView): Storage {
    const storage = this.allocate(data.byteLength);
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const engine = this.#engine;
    // Nothing queued can need a new storage, so an upload may overtake what waits.
    if (engine?.fitsNow(storage)) {
      engine.upload(storage, wholeWords(bytes));
      return storage;
    }
    this.#queue.push({ kind: "upload", storage, data: wholeWords(bytes.slice()), failure: undefined });
    this.#wake();
    return storage;
  }

  /** Queues a call. Throws W4040 where an input was released, W4010 or W4011 where the device is gone. */
  enqueue(call: Call): void {
    if (this.#end) throw this.#end;
    for (const input of call.inputs) if (input.isReleased) throw storageReleased(input.bytes);
    this.#queue.push({ kind: "call", call, prepared: undefined, failure: undefined });
    if (this.#engine && this.#queue.length >= CALLS_PER_FLUSH) this.#queue.pump();
    else this.#wake();
  }

  /**
   * The content of a storage, once all that it depends on is computed. Rejects with the error of the call that
   * should have written it. Reads that are asked for together share one submit.
   */
  read(storage: Storage): Promise<ArrayBuffer> {
    if (storage.isReleased) return Promise.reject(storageReleased(storage.bytes));
    return this.#ask((answer: Deferred<ArrayBuffer>) => this.#queue.push({ kind: "read", storage, answer }));
  }

  /** When all that was queued is done. Rejects with the first error that no sync has reported yet. */
  sync(): Promise<void> {
    return this.#ask((answer: Deferred<void>) => this.#queue.push({ kind: "sync", answer }));
  }

  /** Hands one reference of `storage` to `owner`: it is given back when `owner` is garbage-collected. */
  track(owner: object, storage: Storage): Claim {
    return this.#reclamation.track(owner, storage);
  }

  stats(): RuntimeStats {
    const { liveBytes, peakLiveBytes } = this.#ledger;
    return { ...this.#counters, liveBytes, peakLiveBytes, liveOwners: this.#reclamation.tracked };
  }

  /** Starts the peaks again from what is in use now. */
  resetPeaks(): void {
    this.#ledger.peakLiveBytes = this.#ledger.liveBytes;
    this.#counters.peakBytes = this.#counters.poolBytes;
  }

  /** Gives the device back. What waits rejects with W4011, and so does everything asked for later. */
  destroy(): void {
    const { device } = this.#open ?? {};
    this.#finish(runtimeDestroyed());
    if (!this.#access.isShared) device?.destroy();
  }

  async #start(): Promise<DeviceInfo> {
    const open = await this.#access.open();
    this.#collect = (await this.#access.collector?.()) ?? collectByAllocation;
    if (this.#end) {
      if (!this.#access.isShared) open.device.destroy(); // Destroyed while it was being opened.
      throw this.#end;
    }
    this.#connect(open);
    return open.info;
  }

  #connect(open: OpenDevice): void {
    const { device } = open;
    this.#open = open;
    void device.lost.then(({ reason, message }) => {
      this.#isLost = this.#end === undefined;
      this.#finish(deviceLost(reason, message));
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#engine?.blame(commandRefused(event.error.message));
    });
    this.#engine = new Engine({
      device,
      ledger: this.#ledger,
      pressure: this.#pressure,
      counters: this.#counters,
      budgetBytes: this.#budget(open),
      onIncident: (error) => this.#queue.reportIncident(error),
    });
    this.#queue.connect(this.#engine, open.target);
  }

  /** The device with its engine, while there is one: for those who look on. */
  protected get running(): { readonly device: GPUDevice; readonly engine: Engine } | undefined {
    return this.#open && this.#engine && { device: this.#open.device, engine: this.#engine };
  }

  #budget({ info }: OpenDevice): number {
    const megabytes = Number(readDeviceSwitch("WEFT_MEMORY_MB"));
    if (this.#access.budgetBytes) return this.#access.budgetBytes;
    if (megabytes > 0) return megabytes * 2 ** 20;
    return info.software ? 2 ** 29 : 2 ** 30;
  }

  /** Queues something that answers, and gets the queue going as soon as the user's code pauses. */
  #ask<T>(push: (answer: Deferred<T>) => void): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    const answer = defer<T>();
    this.#answers.add(answer);
    const forget = (): void => void this.#answers.delete(answer);
    answer.promise.then(() => {
      forget();
      this.#hasAnswered = true;
    }, forget);
    push(answer);
    this.#wakeSoon();
    return answer.promise;
  }

  /** The queue moves at the end of this turn at the latest, so that the GPU works while the user computes. */
  #wake(): void {
    if (!this.#engine) void this.ready().catch(() => undefined);
    else if (!this.#isTurnAsked) {
      this.#isTurnAsked = true;
      callNextTurn(() => {
        this.#isTurnAsked = false;
        this.#queue.pump();
      });
    }
  }

  /** Not at once: what is asked for together goes into one submit. */
  #wakeSoon(): void {
    if (!this.#engine) void this.ready().catch(() => undefined);
    else if (!this.#isMicrotaskAsked) {
      this.#isMicrotaskAsked = true;
      queueMicrotask(() => {
        this.#isMicrotaskAsked = false;
        this.#queue.pump();
      });
    }
  }

  /** The device is gone, for one reason or another; the first reason stays. */
  #finish(error: WeftError): void {
    if (this.#end) return;
    this.#end = error;
    this.#engine = undefined;
    this.#queue.abort(error);
    this.#ledger.lose(error);
    for (const answer of this.#answers) answer.reject(error);
  }
}

/** The same bytes, padded to the 4-byte steps in which the GPU copies. */
function wholeWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength % 4 === 0) return bytes;
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}
