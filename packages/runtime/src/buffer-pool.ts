import type { DeviceChecks } from "./device-checks.js";
import { BufferUsage } from "./gpu-flags.js";
import { sizeClass } from "./size-class.js";
import type { Counters } from "./stats.js";

/** How many idle buffers of which size a piece of work takes. */
export type BufferNeeds = ReadonlyMap<number, number>;

/** Idle buffers looked at before one is taken from another role. */
const LOOKED_AT = 64;

/**
 * What a buffer is taken for: a slot of a program, an upload. A role numbers the buffers that it gets, and takes the
 * idle one with the lowest number. So the n-th buffers of all slots of a program belong together: where values are
 * disposed of, two sets take turns, and where they are left to the garbage collector, each collection starts the same
 * sequence of sets again, whenever it comes and in whatever order it gives buffers back. Equal buffers meet, and their
 * bind groups are there.
 */
export class BufferRole {
  /** By falling number, so that the lowest is at the end. */
  readonly #idle: PooledBuffer[] = [];
  #count = 0;

  /** Gives a buffer the next number. */
  adopt(buffer: PooledBuffer): void {
    buffer.role = this;
    buffer.number = this.#count++;
  }

  /** The idle buffer with the lowest number that has this capacity. */
  find(capacity: number): PooledBuffer | undefined {
    const idle = this.#idle;
    // Nearly always the last one: only a slot that grows has buffers of several sizes.
    for (let k = idle.length - 1; k >= 0; k--) if (idle[k]!.capacity === capacity) return idle[k];
    return undefined;
  }

  add(buffer: PooledBuffer): void {
    this.#idle.splice(this.#placeOf(buffer), 0, buffer);
  }

  remove(buffer: PooledBuffer): void {
    this.#idle.splice(this.#placeOf(buffer), 1);
  }

  #placeOf({ number }: PooledBuffer): number {
    const idle = this.#idle;
    let [low, high] = [0, idle.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (idle[middle]!.number > number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One GPU buffer of the pool. Held by the storages whose content it is, and by a call as a temporary. */
export class PooledBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly capacity: number;
  /** The last command batch that used it. */
  lastBatch = 0;
  /** What it was last taken for. */
  role: BufferRole | undefined;
  /** Among the buffers of that role. */
  number = 0;
  /** When it was last taken, by the pool's count. */
  takenAt = 0;
  #holders = 0;
  readonly #pool: BufferPool;

  constructor(pool: BufferPool, id: number, gpu: GPUBuffer, capacity: number) {
    this.#pool = pool;
    this.id = id;
    this.gpu = gpu;
    this.capacity = capacity;
  }

  get isIdle(): boolean {
    return this.#holders === 0;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  /** The last holder's drop returns it to the pool. */
  drop(): void {
    if (--this.#holders === 0) this.#pool.putBack(this);
  }
}

/**
 * GPU buffers by size class. A buffer that comes back may be taken again at once, though the GPU has not
 * finished with it: commands run in the order in which they were encoded.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #largest: number;
  readonly #counters: Counters;
  readonly #checks: DeviceChecks;
  readonly #idle = new Map<number, Set<PooledBuffer>>();
  #nextId = 1;
  #clock = 0;

  constructor(device: GPUDevice, checks: DeviceChecks, counters: Counters) {
    this.#device = device;
    this.#largest = device.limits.maxBufferSize;
    this.#checks = checks;
    this.#counters = counters;
  }

  /** The capacity that serves a request of `bytes`. */
  classOf(bytes: number): number {
    return sizeClass(bytes, this.#largest);
  }

  /** The capacities that are missing from the pool to serve `needs` now. */
  shortage(needs: BufferNeeds): number[] {
    const missing: number[] = [];
    for (const [capacity, count] of needs) {
      const idle = this.#idle.get(capacity)?.size ?? 0;
      for (let i = idle; i < count; i++) missing.push(capacity);
    }
    return missing;
  }

  /** Takes an idle buffer for `bytes`, or makes one. */
  take(bytes: number, role: BufferRole): PooledBuffer {
    const capacity = this.classOf(bytes);
    const buffer =
      this.#findIdle(capacity, role) ?? this.#checks.run("out-of-memory", () => this.#create(capacity));
    if (this.#idle.get(capacity)?.delete(buffer)) buffer.role?.remove(buffer);
    if (buffer.role !== role) role.adopt(buffer);
    buffer.takenAt = ++this.#clock;
    return buffer.hold();
  }

  /** Makes a buffer that is not in the pool yet: `putBack` or `discard` it once its error scope has spoken. */
  grow(capacity: number): PooledBuffer {
    return this.#create(capacity);
  }

  putBack(buffer: PooledBuffer): void {
    buffer.role?.add(buffer);
    const idle = this.#idle.get(buffer.capacity);
    if (idle) idle.add(buffer);
    else this.#idle.set(buffer.capacity, new Set([buffer]));
  }

  /**
   * Destroys idle buffers, all but what `keep` needs. Nothing that uses them may be encoded and not
   * submitted. Returns the bytes freed.
   */
  trim(keep: BufferNeeds): number {
    let freed = 0;
    for (const [capacity, idle] of this.#idle) {
      for (const buffer of idle) {
        if (idle.size <= (keep.get(capacity) ?? 0)) break;
        idle.delete(buffer);
        buffer.role?.remove(buffer);
        buffer.gpu.destroy();
        freed += capacity;
      }
    }
    this.#counters.addPoolBytes(-freed);
    return freed;
  }

  /** Gives up a buffer that never entered the pool. */
  discard(buffer: PooledBuffer): void {
    buffer.gpu.destroy();
    this.#counters.addPoolBytes(-buffer.capacity);
  }

  /** One that the role had before; else what nobody has taken for longest. */
  #findIdle(capacity: number, role: BufferRole): PooledBuffer | undefined {
    const own = role.find(capacity);
    if (own) return own;
    let found: PooledBuffer | undefined;
    let looked = 0;
    for (const buffer of this.#idle.get(capacity) ?? []) {
      if (!found || buffer.takenAt < found.takenAt) found = buffer;
      if (++looked === LOOKED_AT) break;
    }
    return found;
  }

  #create(capacity: number): PooledBuffer {
    const gpu = this.#device.createBuffer({
      size: capacity,
      usage: BufferUsage.storage | BufferUsage.copySource | BufferUsage.copyTarget,
    });
    this.#counters.buffersCreated++;
    this.#counters.addPoolBytes(capacity);
    return new PooledBuffer(this, this.#nextId++, gpu, capacity);
  }
}
