import { nextTurn } from "./environment.js";
import type { Counters } from "./stats.js";

/** Makes the JavaScript engine look for dead tensors. What it finds is reported in a later macrotask. */
export type CollectGarbage = (bytesOfInterest: number) => void;

/** Live bytes may double between two collections, and always grow by this much. */
const SOFT_LIMIT_BYTES = 8 * 2 ** 20;
/** The share of the time since the last collection that collections may cost. */
const TIME_SHARE = 0.02;
/** Collections that are free of that rule, so that a short program collects too. */
const FREE_COLLECTIONS = 4;
/** Milliseconds of collection that may be saved up. */
const LARGEST_CREDIT = 500;

/**
 * Decides when dropped tensors are worth a garbage collection. A tensor is a few bytes to the JavaScript
 * engine and megabytes to the GPU, so the engine itself sees no reason to collect. The rule: live bytes have
 * grown by as much as was live after the last collection (8 MiB at least), and collections have cost less than
 * 2 % of the time that has passed. It is asked only where the pool would have to grow.
 */
export class GcPressure {
  readonly #collect: CollectGarbage;
  readonly #counters: Counters;
  #baseline = 0;
  #credit = 0;
  #collections = 0;
  #checkedAt = performance.now();
  #lastCost = 1;

  constructor(collect: CollectGarbage, counters: Counters) {
    this.#collect = collect;
    this.#counters = counters;
  }

  /** Whether to collect before more is produced, with `live` bytes held by users. */
  isHigh(live: number): boolean {
    if (live < this.#baseline) this.#baseline = live;
    if (live - this.#baseline <= Math.max(SOFT_LIMIT_BYTES, this.#baseline)) return false;
    if (this.#collections < FREE_COLLECTIONS) return true;
    const now = performance.now();
    this.#credit = Math.min(LARGEST_CREDIT, this.#credit + (now - this.#checkedAt) * TIME_SHARE);
    this.#checkedAt = now;
    return this.#credit >= this.#lastCost;
  }

  /** Collects and waits until finalizers have run; `live` is asked before and after. */
  async relieve(live: () => number): Promise<void> {
    await nextTurn(); // Off the user's stack, which may still hold tensors.
    const start = performance.now();
    this.#collect(live() - this.#baseline);
    this.#lastCost = performance.now() - start;
    this.#credit = Math.max(0, this.#credit - this.#lastCost);
    this.#collections++;
    this.#counters.gcRuns++;
    await nextTurn();
    await nextTurn();
    this.#baseline = live();
  }
}

/**
 * For browsers, which offer no collection: array buffers are counted as external memory, and enough of them
 * makes the engine collect.
 */
export function collectByAllocation(bytesOfInterest: number): void {
  const pieces = Math.min(16, Math.max(4, Math.ceil(bytesOfInterest / 2 ** 22)));
  for (let i = 0; i < pieces; i++) void new ArrayBuffer(2 ** 22);
}
