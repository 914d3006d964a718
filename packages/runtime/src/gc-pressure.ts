import { nextTurn } from "./environment.js";
import type { Counters } from "./stats.js";

/** Makes the JavaScript engine look for dead tensors. What it finds is reported in a later macrotask. */
export type CollectGarbage = (bytesOfInterest: number) => void;

/** What users hold. */
export interface Live {
  readonly liveBytes: number;
  /** However small, each takes a buffer. */
  readonly liveCount: number;
}

/** Live bytes may double between two collections, and always grow by this much. */
const SOFT_LIMIT_BYTES = 8 * 2 ** 20;
/** The same of their number. A buffer of a few bytes costs the driver kilobytes, and each that is new its bind groups. */
const MOST_STORAGES = 4096;
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
 * 2 % of the time that has passed; or as many tensors have come as there were then (4,096 at least), which no
 * collection is as dear as. It is asked only where the pool would have to grow.
 */
export class GcPressure {
  readonly #collect: CollectGarbage;
  readonly #counters: Counters;
  #baseline = 0;
  #baselineCount = 0;
  #credit = 0;
  #collections = 0;
  #checkedAt = performance.now();
  #lastCost = 1;

  constructor(collect: CollectGarbage, counters: Counters) {
    this.#collect = collect;
    this.#counters = counters;
  }

  /** Whether to collect before more is produced, with what users hold. */
  isHigh({ liveBytes, liveCount }: Live): boolean {
    this.#baseline = Math.min(this.#baseline, liveBytes);
    this.#baselineCount = Math.min(this.#baselineCount, liveCount);
    if (liveCount - this.#baselineCount > Math.max(MOST_STORAGES, this.#baselineCount)) return true;
    if (liveBytes - this.#baseline <= Math.max(SOFT_LIMIT_BYTES, this.#baseline)) return false;
    if (this.#collections < FREE_COLLECTIONS) return true;
    const now = performance.now();
    this.#credit = Math.min(LARGEST_CREDIT, this.#credit + (now - this.#checkedAt) * TIME_SHARE);
    this.#checkedAt = now;
    return this.#credit >= this.#lastCost;
  }

  /** Collects and waits until finalizers have run; `live` is looked at before and after. */
  async relieve(live: Live): Promise<void> {
    await nextTurn(); // Off the user's stack, which may still hold tensors.
    const start = performance.now();
    this.#collect(live.liveBytes - this.#baseline);
    this.#lastCost = performance.now() - start;
    this.#credit = Math.max(0, this.#credit - this.#lastCost);
    this.#collections++;
    this.#counters.gcRuns++;
    await nextTurn();
    await nextTurn();
    this.#baseline = live.liveBytes;
    this.#baselineCount = live.liveCount;
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
