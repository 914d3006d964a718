import { BufferUsage, MapMode } from "./gpu-flags.js";
import type { CommandBatch } from "./command-batch.js";
import type { DeviceChecks } from "./device-checks.js";
import { sizeClass } from "./size-class.js";
import type { Counters } from "./stats.js";

/** A copy on its way to the host: `map` it once the batch that holds it is submitted. */
export interface Transfer {
  readonly staging: GPUBuffer;
  readonly bytes: number;
}

/** Idle staging buffers that are kept; more are destroyed as they come back. */
const KEPT_BYTES = 64 * 2 ** 20;

/** Brings contents back to the host, through staging buffers that are used again. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #checks: DeviceChecks;
  readonly #counters: Counters;
  readonly #idle = new Map<number, GPUBuffer[]>();

  constructor(device: GPUDevice, checks: DeviceChecks, counters: Counters) {
    this.#device = device;
    this.#checks = checks;
    this.#counters = counters;
  }

  copy(batch: CommandBatch, source: GPUBuffer, bytes: number): Transfer {
    const capacity = sizeClass(bytes, this.#device.limits.maxBufferSize);
    const staging = this.#idle.get(capacity)?.pop() ?? this.#create(capacity);
    batch.copy(source, staging, Math.ceil(bytes / 4) * 4);
    return { staging, bytes };
  }

  /** Waits for the GPU and returns a copy of exactly the bytes asked for. */
  async map({ staging, bytes }: Transfer): Promise<ArrayBuffer> {
    await staging.mapAsync(MapMode.read);
    const content = staging.getMappedRange().slice(0, bytes);
    staging.unmap();
    this.#putBack(staging);
    return content;
  }

  #create(capacity: number): GPUBuffer {
    this.#counters.buffersCreated++;
    this.#counters.readbackBytes += capacity;
    const usage = BufferUsage.mapRead | BufferUsage.copyTarget;
    return this.#checks.run("out-of-memory", () => this.#device.createBuffer({ size: capacity, usage }));
  }

  #putBack(staging: GPUBuffer): void {
    const capacity = staging.size;
    if (this.#counters.readbackBytes > KEPT_BYTES) {
      staging.destroy();
      this.#counters.readbackBytes -= capacity;
      return;
    }
    const stack = this.#idle.get(capacity);
    if (stack) stack.push(staging);
    else this.#idle.set(capacity, [staging]);
  }
}
