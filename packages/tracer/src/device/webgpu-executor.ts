import { byteLength, type TensorType } from "@weftjs/ir";
import { type Call, Runtime, type RuntimeOptions, type Storage as RuntimeStorage } from "@weftjs/runtime";
import type { Executor, ExecutorCall, ExecutorStats, Storage } from "./executor.js";

/** The GPU, through the runtime. Storages that come in are its own: the tracer has one executor. */
export class WebGpuExecutor implements Executor {
  readonly kind = "webgpu" as const;
  readonly runtime: Runtime;

  constructor(options: RuntimeOptions = {}) {
    this.runtime = new Runtime(options);
  }

  allocate(type: TensorType): Storage {
    return this.runtime.allocate(byteLength(type));
  }

  upload(view: ArrayBufferView, type: TensorType): Storage {
    if (view.byteLength === byteLength(type)) return this.runtime.upload(view);
    const padded = new Uint8Array(byteLength(type)); // WebGPU copies whole words, and at least one.
    padded.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return this.runtime.upload(padded);
  }

  enqueue(call: ExecutorCall): void {
    this.runtime.enqueue(call as ExecutorCall & Call);
  }

  read(storage: Storage): Promise<ArrayBuffer> {
    return this.runtime.read(storage as RuntimeStorage);
  }

  sync(): Promise<void> {
    return this.runtime.sync();
  }

  track(owner: object, storage: Storage): void {
    this.runtime.track(owner, storage as RuntimeStorage);
  }

  untrack(owner: object, storage: Storage): void {
    storage.retain(); // The runtime gives back the reference that it held for the owner; the caller wants it.
    this.runtime.untrack(owner, storage as RuntimeStorage);
  }

  stats(): ExecutorStats {
    return { ...this.runtime.stats() };
  }
}
