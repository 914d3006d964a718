import type { DeviceChecks } from "./device-checks.js";
import type { Program } from "@weftjs/ir/core";
import type { Profiler } from "./profiler.js";
import type { Counters } from "./stats.js";

/** Commands on their way into one submit: an encoder, with a compute pass that stays open from call to call. */
export class CommandBatch {
  /** Counts from 1; a buffer remembers the batch that used it last. */
  number = 1;
  dispatches = 0;
  /** Times dispatches while it is there. */
  profiler: Profiler | undefined;
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

  /** The pass for one dispatch of a program: the open one, or, while a profile is taken, one of its own. */
  passFor(program: Program, dispatch: number): GPUComputePassEncoder {
    if (!this.profiler) return this.#openPass();
    this.#pass?.end();
    const timestampWrites = this.profiler.start(program, dispatch);
    this.#pass = this.#open().beginComputePass(timestampWrites ? { timestampWrites } : {});
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
    this.profiler?.resolve(encoder);
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

  #openPass(): GPUComputePassEncoder {
    this.#pass ??= this.#open().beginComputePass();
    return this.#pass;
  }
}
