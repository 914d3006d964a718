import { byteLength, type TensorType } from "@weftjs/ir";
import {
  type Call,
  type Claim,
  Runtime,
  type RuntimeOptions,
  type Storage as RuntimeStorage,
} from "@weftjs/runtime";
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

  track(owner: object, storage: Storage): Claim {
    return this.runtime.track(owner, storage as RuntimeStorage);
  }

  stats(): ExecutorStats {
    return { ...this.runtime.stats() };
  }
}
