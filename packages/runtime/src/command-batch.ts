import type { DeviceChecks } from "./device-checks.js";
import type { Counters } from "./stats.js";

/** Commands on their way into one submit: an encoder, with a compute pass that stays open from call to call. */
export class CommandBatch {
  /** Counts from 1; a buffer remembers the batch that used it last. */
  number = 1;
  dispatches = 0;
  readonly #device: GPUDevice;
  readonly #checks: DeviceChecks;
  readonly #counters: Counters;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;

  constructor(device: GPUDevice, checks: DeviceChecks, counters: Counters) {
    this.#device = device;
    this.#checks = checks;
    this.#counters = counters;
  }

  get isEmpty(): boolean {
    return this.#encoder === undefined;
  }

  pass(): GPUComputePassEncoder {
    this.#pass ??= this.#open().beginComputePass();
    return this.#pass;
  }

  copy(source: GPUBuffer, target: GPUBuffer, bytes: number): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#open().copyBufferToBuffer(source, 0, target, 0, bytes);
  }

  /** Hands the commands to the GPU. Must not be called on an empty batch. */
  submit(): void {
    this.#pass?.end();
    const encoder = this.#open();
    this.#pass = this.#encoder = undefined;
    this.number++;
    this.dispatches = 0;
    this.#counters.submits++;
    this.#checks.run("validation", () => this.#device.queue.submit([encoder.finish()]));
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }
}
