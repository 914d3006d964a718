import type { DeviceChecks } from "./device-checks.js";
import { BufferUsage } from "./gpu-flags.js";
import { sizeClass } from "./size-class.js";
import type { Counters } from "./stats.js";

/** How many idle buffers of which size a piece of work takes. */
export type BufferNeeds = ReadonlyMap<number, number>;

/** Buffers that a role remembers: two would do for values that change places from step to step. */
const REMEMBERED = 8;
/** Idle buffers looked at before one is taken from another role. */
const LOOKED_AT = 64;

/**
 * What a buffer is taken for: a slot of a program, an upload. The pool gives a role what it had before, where
 * it can, so that equal steps meet equal buffers, whatever the order in which buffers come back.
 */
export class BufferRole {
  /** The latest first. */
  readonly recent: PooledBuffer[] = [];

  remember(buffer: PooledBuffer): void {
    const { recent } = this;
    const position = recent.indexOf(buffer);
    if (position >= 0) recent.splice(position, 1);
    recent.unshift(buffer);
    if (recent.length > REMEMBERED) recent.length = REMEMBERED;
  }
}

/** One GPU buffer of the pool. Held by the storages whose content it is, and by a call as a temporary. */
export class PooledBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  readonly capacity: number;
  /** The last command batch that used it. */
  lastBatch = 0;
  /** What it was last taken for, and when. */
  role: BufferRole | undefined;
  takenAt = 0;
  isIdle = false;
  #holders = 0;
  readonly #pool: BufferPool;

  constructor(pool: BufferPool, id: number, gpu: GPUBuffer, capacity: number) {
    this.#pool = pool;
    this.id = id;
    this.gpu = gpu;
    this.capacity = capacity;
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
    this.#idle.get(capacity)?.delete(buffer);
    buffer.isIdle = false;
    buffer.role = role;
    buffer.takenAt = ++this.#clock;
    role.remember(buffer);
    return buffer.hold();
  }

  /** Makes a buffer that is not in the pool yet: `putBack` or `discard` it once its error scope has spoken. */
  grow(capacity: number): PooledBuffer {
    return this.#create(capacity);
  }

  putBack(buffer: PooledBuffer): void {
    buffer.isIdle = true;
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
        buffer.isIdle = false;
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

  /** What the role had last; else what nobody has taken for longest. */
  #findIdle(capacity: number, role: BufferRole): PooledBuffer | undefined {
    for (const buffer of role.recent) {
      if (buffer.isIdle && buffer.role === role && buffer.capacity === capacity) return buffer;
    }
    let oldest: PooledBuffer | undefined;
    let looked = 0;
    for (const buffer of this.#idle.get(capacity) ?? []) {
      if (!oldest || buffer.takenAt < oldest.takenAt) oldest = buffer;
      if (++looked === LOOKED_AT) break;
    }
    return oldest;
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
