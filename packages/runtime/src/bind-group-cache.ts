import type { DeviceChecks } from "./device-checks.js";
import type { BindingLayout } from "./pipeline-cache.js";
import type { Counters } from "./stats.js";

export interface BoundRange {
  /** Unique for the device's life. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

interface Entry {
  readonly group: GPUBindGroup;
  lastUse: number;
}

/**
 * Bind groups by layout and buffers. Bounded: when it is full, the half that was not used for longest goes.
 * Calls of equal steps meet equal buffers (see `BufferPool`), so a steady loop makes none.
 */
export class BindGroupCache {
  readonly #device: GPUDevice;
  readonly #checks: DeviceChecks;
  readonly #counters: Counters;
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();
  #clock = 0;

  constructor(device: GPUDevice, checks: DeviceChecks, counters: Counters, capacity = 8192) {
    this.#device = device;
    this.#checks = checks;
    this.#counters = counters;
    this.#capacity = capacity;
  }

  groupFor(layout: BindingLayout, ranges: readonly BoundRange[]): GPUBindGroup {
    let key = `${layout.id}`;
    for (const range of ranges) key += `,${range.id}:${range.offset}:${range.bytes}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      if (this.#entries.size >= this.#capacity) this.#forgetHalf();
      entry = { group: this.#create(layout, ranges), lastUse: 0 };
      this.#entries.set(key, entry);
    }
    entry.lastUse = ++this.#clock;
    return entry.group;
  }

  /** Lets go of all groups, and with them of the buffers they hold. */
  clear(): void {
    this.#entries.clear();
  }

  #forgetHalf(): void {
    const uses = [...this.#entries.values()].map((entry) => entry.lastUse).sort((a, b) => a - b);
    const median = uses[uses.length >> 1]!;
    for (const [key, entry] of this.#entries) if (entry.lastUse < median) this.#entries.delete(key);
  }

  #create(layout: BindingLayout, ranges: readonly BoundRange[]): GPUBindGroup {
    this.#counters.bindGroupsCreated++;
    const entries = ranges.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer, offset, size: bytes },
    }));
    return this.#checks.run("validation", () =>
      this.#device.createBindGroup({ layout: layout.bindGroup, entries }),
    );
  }
}
