import type { WeftError } from "@weftjs/ir/core";
import type { BufferNeeds, BufferPool, PooledBuffer } from "./buffer-pool.js";
import { outOfMemory } from "./device-errors.js";
import type { GcPressure } from "./gc-pressure.js";
import type { Counters } from "./stats.js";
import type { StorageLedger } from "./storage-ledger.js";

/** Growth of this many bytes is worth waiting for the driver's word; less is checked when it is submitted. */
const CONFIRM_BYTES = 16 * 2 ** 20;

/** How providing ended: at once, after a wait (ask again), or not at all. */
export type Provision = "ready" | Promise<void> | WeftError;

export interface MemoryParts {
  readonly device: GPUDevice;
  readonly pool: BufferPool;
  readonly ledger: StorageLedger;
  readonly pressure: GcPressure;
  readonly counters: Counters;
  readonly budgetBytes: number;
  /** Lets go of idle buffers, so that they may be destroyed: submits what is encoded, forgets bind groups. */
  readonly beforeTrim: () => void;
}

/**
 * Sees to it that the pool holds what the next call needs, within the budget. Above it, in this order: idle
 * buffers are freed, garbage is collected, the call fails with W4020. The same where the driver itself has no
 * more.
 */
export class Memory {
  readonly #parts: MemoryParts;
  /** What was tried since the last success; providing is asked for one call at a time. */
  #collections = 0;
  #refusals = 0;
  #refusal: GPUError | undefined;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  /** Whether the pool may grow by what is missing without asking the driver first. Changes nothing. */
  canGrow(needs: BufferNeeds): boolean {
    const { pool, counters, budgetBytes } = this.#parts;
    const missing = total(pool.shortage(needs));
    return missing < CONFIRM_BYTES && counters.poolBytes + missing <= budgetBytes;
  }

  /** Call again after a returned promise is settled. An error is final for this call. */
  provide(needs: BufferNeeds): Provision {
    const { pool, counters, budgetBytes } = this.#parts;
    let missing = pool.shortage(needs);
    if (missing.length === 0) return this.#succeed();
    if (this.#refusals > 2) return this.#fail(missing);
    if (counters.poolBytes + total(missing) > budgetBytes) {
      this.#freeIdle(needs);
      missing = pool.shortage(needs);
    }
    if (counters.poolBytes + total(missing) > budgetBytes) return this.#collectOrFail(missing);
    if (total(missing) < CONFIRM_BYTES) return this.#succeed();
    return this.#growConfirmed(needs, missing);
  }

  #succeed(): "ready" {
    this.#collections = this.#refusals = 0;
    this.#refusal = undefined;
    return "ready";
  }

  #fail(missing: readonly number[]): WeftError {
    const { budgetBytes, counters, ledger } = this.#parts;
    const error = outOfMemory({
      wanted: total(missing),
      budget: budgetBytes,
      inUse: counters.poolBytes,
      largest: ledger.largest(5),
      cause: this.#refusal,
    });
    this.#succeed();
    return error;
  }

  #freeIdle(needs: BufferNeeds): void {
    this.#parts.beforeTrim();
    this.#parts.pool.trim(needs);
  }

  #collectOrFail(missing: readonly number[]): Promise<void> | WeftError {
    if (this.#collections++ >= 2) return this.#fail(missing);
    return this.#collect();
  }

  #collect(): Promise<void> {
    const { pressure, ledger } = this.#parts;
    return pressure.relieve(ledger);
  }

  /** Creates the buffers and waits for the driver's word on them. */
  async #growConfirmed(needs: BufferNeeds, missing: readonly number[]): Promise<void> {
    const { device, pool } = this.#parts;
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    const grown: PooledBuffer[] = missing.map((capacity) => pool.grow(capacity));
    const [memoryError, validationError] = await Promise.all([
      device.popErrorScope(),
      device.popErrorScope(),
    ]);
    const refusal = memoryError ?? validationError;
    if (!refusal) {
      for (const buffer of grown) pool.putBack(buffer);
      return;
    }
    this.#refusal = refusal;
    this.#refusals++;
    for (const buffer of grown) pool.discard(buffer);
    this.#freeIdle(needs);
    if (this.#refusals > 1) await this.#collect();
  }
}

function total(capacities: readonly number[]): number {
  let bytes = 0;
  for (const capacity of capacities) bytes += capacity;
  return bytes;
}
