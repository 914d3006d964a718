import type { Program, Target, WeftError } from "@weftjs/ir/core";
import type { Call } from "./call.js";
import type { Deferred } from "./deferred.js";
import { neverWritten, toWeftError } from "./device-errors.js";
import type { Engine } from "./engine.js";
import type { BufferNeeds } from "./buffer-pool.js";
import type { GcPressure } from "./gc-pressure.js";
import type { PreparedProgram } from "./prepared-program.js";
import type { StorageLedger } from "./storage-ledger.js";
import type { Storage } from "./storage.js";

/** Work in the order in which it was asked for. */
export type WorkItem =
  | {
      readonly kind: "call";
      readonly call: Call;
      prepared: PreparedProgram | undefined;
      failure: Failure;
    }
  | {
      readonly kind: "upload";
      readonly storage: Storage;
      readonly data: Uint8Array<ArrayBuffer>;
      failure: Failure;
    }
  | { readonly kind: "read"; readonly storage: Storage; readonly answer: Deferred<ArrayBuffer> }
  | { readonly kind: "sync"; readonly answer: Deferred<void> };

type ProducingItem = WorkItem & { kind: "call" | "upload" };
type Failure = WeftError | undefined;

/** Dispatches after which the GPU gets to work without waiting for the end of the turn. */
const DISPATCHES_PER_SUBMIT = 256;
/** Submits that may be on their way before the host waits for the GPU. */
const SUBMITS_AHEAD = 16;

/**
 * The queue between user and GPU. `pump` encodes items in order for as long as nothing has to be waited for:
 * the device, a compiler, memory, a garbage collection, a GPU that is far behind. Whatever has to be waited
 * for stops the queue, not the user, and an item that waits occupies no device memory.
 */
export class WorkQueue {
  readonly #ledger: StorageLedger;
  readonly #pressure: GcPressure;
  /** Done items are let go of one by one: what they close over may be large. */
  readonly #items: (WorkItem | undefined)[] = [];
  #head = 0;
  #engine: Engine | undefined;
  #target: Target | undefined;
  #isWaiting = false;
  /** The first failure that no sync has reported yet. */
  #unreported: WeftError | undefined;
  /** An error that fits no item: the next read or sync rejects with it. */
  #incident: WeftError | undefined;

  constructor(ledger: StorageLedger, pressure: GcPressure) {
    this.#ledger = ledger;
    this.#pressure = pressure;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The device is there: compilers start on all that waits, and the queue begins to move. */
  connect(engine: Engine, target: Target): void {
    this.#engine = engine;
    this.#target = target;
    for (const item of this.#items) if (item) this.#prepare(item);
    this.pump();
  }

  push(item: WorkItem): void {
    pin(item);
    this.#prepare(item);
    this.#items.push(item);
  }

  /** Encodes and submits what can be encoded now; goes on by itself after whatever it has to wait for. */
  pump(): void {
    const engine = this.#engine;
    if (!engine || this.#isWaiting) return;
    this.#isWaiting = true; // Also while encoding: a callback may ask for more work.
    const obstacle = this.#advance(engine);
    engine.submit();
    this.#isWaiting = obstacle !== undefined;
    if (!obstacle) return;
    void obstacle
      .catch((thrown: unknown) => this.reportIncident(toWeftError(thrown)))
      .then(() => {
        this.#isWaiting = false;
        this.pump();
      });
  }

  /** Fails everything that waits, and takes nothing more. */
  abort(error: WeftError): void {
    this.#engine = undefined;
    const items = this.#items.splice(0);
    this.#head = 0;
    for (const item of items) {
      if (!item) continue;
      if (item.kind === "call" || item.kind === "upload") this.#fail(item, error);
      else item.answer.reject(error);
      unpin(item);
    }
  }

  reportIncident(error: WeftError): void {
    this.#incident ??= error;
    this.#unreported ??= error;
  }

  #advance(engine: Engine): Promise<unknown> | undefined {
    for (;;) {
      const item = this.#items[this.#head];
      if (!item) break;
      const obstacle = this.#obstacleOf(item, engine);
      if (obstacle) return obstacle;
      this.#items[this.#head++] = undefined;
      const rest = this.#perform(item, engine);
      if (rest) return rest.then(() => unpin(item));
      unpin(item);
    }
    this.#items.length = this.#head = 0;
    return undefined;
  }

  /** What has to be waited for before `item`. May find that it fails, and says so in the item. */
  #obstacleOf(item: WorkItem, engine: Engine): Promise<unknown> | undefined {
    if (engine.submitsAhead >= SUBMITS_AHEAD) return engine.waitForGpu();
    if (item.kind === "read" || item.kind === "sync") return undefined;
    // What was asked for before must not wait for what comes after.
    if (engine.hasUnsentReads) engine.submit();
    if (item.kind === "upload") {
      item.failure ??= engine.sizeFault(item.storage.bytes);
      return item.failure ? undefined : this.#memoryObstacle(item, engine.needsOf(item.storage), engine);
    }

    item.failure ??= failureAmong(item.call.inputs);
    this.#prepare(item);
    const { prepared } = item;
    if (item.failure || !prepared) return undefined;
    if (!prepared.pipelines && !prepared.failure) return prepared.settled;
    item.failure = prepared.failure ?? engine.executor.faultOf(item.call, prepared);
    return item.failure ? undefined : this.#memoryObstacle(item, prepared.needs, engine);
  }

  #memoryObstacle(item: ProducingItem, needs: BufferNeeds, engine: Engine): Promise<unknown> | undefined {
    const mustGrow = engine.pool.shortage(needs).length > 0;
    if (mustGrow && this.#pressure.isHigh(this.#ledger)) {
      return this.#pressure.relieve(this.#ledger);
    }
    const provision = engine.memory.provide(needs);
    if (provision === "ready") return undefined;
    if (provision instanceof Promise) return provision;
    item.failure = provision;
    return undefined;
  }

  /** Gives a promise where the item is not done yet. */
  #perform(item: WorkItem, engine: Engine): Promise<void> | undefined {
    switch (item.kind) {
      case "call":
      case "upload":
        if (!item.failure) return this.#produce(item, engine);
        this.#fail(item, item.failure);
        break;
      case "read":
        this.#read(item.storage, item.answer, engine);
        break;
      case "sync":
        void this.#sync(item.answer, engine);
        break;
      default:
        item satisfies never;
    }
    return undefined;
  }

  #produce(item: ProducingItem, engine: Engine): Promise<void> | undefined {
    try {
      const rest = item.kind === "call" ? engine.run(item.call, item.prepared!) : undefined;
      if (item.kind === "upload") engine.upload(item.storage, item.data);
      if (engine.batch.dispatches >= DISPATCHES_PER_SUBMIT) engine.submit();
      return rest?.catch((thrown: unknown) => this.#fail(item, toWeftError(thrown)));
    } catch (thrown) {
      this.#fail(item, toWeftError(thrown));
      return undefined;
    }
  }

  #read(storage: Storage, answer: Deferred<ArrayBuffer>, engine: Engine): void {
    const error = this.#incident ?? storage.failure;
    this.#incident = undefined;
    if (error) answer.reject(error);
    else if (!storage.buffer) answer.reject(neverWritten(storage.bytes));
    else engine.read(storage, answer);
  }

  async #sync(answer: Deferred<void>, engine: Engine): Promise<void> {
    await engine.finish().catch((thrown: unknown) => this.reportIncident(toWeftError(thrown)));
    const error = this.#unreported;
    this.#unreported = this.#incident = undefined;
    if (error) answer.reject(error);
    else answer.resolve();
  }

  /** Its outputs will never have content; whoever computes from them fails alike. */
  #fail(item: ProducingItem, error: WeftError): void {
    const isOwn = item.kind === "call" && error !== failureAmong(item.call.inputs);
    for (const storage of item.kind === "call" ? item.call.outputs : [item.storage]) {
      storage.failure ??= error;
    }
    this.#unreported ??= error;
    if (isOwn) item.call.onError?.(error);
  }

  /** Asks for the program and starts its compilers, as soon as the device is known. */
  #prepare(item: WorkItem): void {
    if (item.kind !== "call" || item.prepared || item.failure || !this.#engine) return;
    try {
      const program: Program = item.call.program(this.#target!);
      item.prepared = this.#engine.prepare(program);
    } catch (thrown) {
      item.failure = toWeftError(thrown);
    }
  }
}

function failureAmong(storages: readonly Storage[]): WeftError | undefined {
  for (const storage of storages) if (storage.failure) return storage.failure;
  return undefined;
}

/** What an item reads or writes is needed until it is done. */
function pin(item: WorkItem): void {
  switch (item.kind) {
    case "call":
      for (const input of item.call.inputs) input.pin();
      for (const output of item.call.outputs) output.pin();
      return;
    case "upload":
    case "read":
      return item.storage.pin();
    case "sync":
      return;
    default:
      item satisfies never;
  }
}

function unpin(item: WorkItem): void {
  switch (item.kind) {
    case "call":
      for (const input of item.call.inputs) input.unpin();
      for (const output of item.call.outputs) output.unpin();
      return;
    case "upload":
    case "read":
      return item.storage.unpin();
    case "sync":
      return;
    default:
      item satisfies never;
  }
}
