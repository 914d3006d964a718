import { byteLength, encodeElements, interpret, type TensorType } from "@weftjs/ir";
import { type Claim, Reclamation } from "@weftjs/runtime";
import type { Executor, ExecutorCall, ExecutorStats, Storage } from "./executor.js";
import { hostInputs } from "./host-inputs.js";

/**
 * The cpu device: the reference interpreter behind the interface of a GPU. Slow, and exact about what each op's
 * result is in memory; the only device with float64. Calls run when something is read, or when the turn ends.
 */
export class CpuExecutor implements Executor {
  readonly kind = "cpu" as const;
  private readonly queue: ExecutorCall[] = [];
  private readonly reclamation = new Reclamation();
  private calls = 0;
  private liveBytes = 0;

  allocate(type: TensorType): Storage {
    const bytes = byteLength(type);
    this.liveBytes += bytes;
    return new CpuStorage(type, bytes, () => (this.liveBytes -= bytes));
  }

  upload(view: ArrayBufferView, type: TensorType): Storage {
    const storage = this.allocate(type) as CpuStorage;
    storage.content = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
    return storage;
  }

  enqueue(call: ExecutorCall): void {
    for (const input of call.inputs) input.retain();
    this.queue.push(call);
    if (this.queue.length === 1) queueMicrotask(() => this.run());
  }

  async read(storage: Storage): Promise<ArrayBuffer> {
    this.run();
    const { content, failure } = storage as CpuStorage;
    if (failure) throw failure;
    return content!.slice(0);
  }

  async sync(): Promise<void> {
    this.run();
  }

  track(owner: object, storage: Storage): Claim {
    return this.reclamation.track(owner, storage);
  }

  stats(): ExecutorStats {
    return { calls: this.calls, liveBytes: this.liveBytes, liveOwners: this.reclamation.tracked };
  }

  private run(): void {
    for (let call = this.queue.shift(); call; call = this.queue.shift()) {
      this.calls++;
      runCall(call);
      for (const input of call.inputs) input.release();
    }
  }
}

/** All storages that the executor meets are its own. */
class CpuStorage implements Storage {
  content: ArrayBuffer | undefined;
  failure: unknown;
  private references = 1;

  constructor(
    readonly type: TensorType,
    readonly bytes: number,
    private readonly freed: () => void,
  ) {}

  retain(): this {
    this.references++;
    return this;
  }

  release(): void {
    if (--this.references > 0) return;
    this.content = undefined;
    this.freed();
  }
}

/** A call that fails leaves its error in its outputs, where readers and later calls find it. */
function runCall(call: ExecutorCall): void {
  const inputs = call.inputs as readonly CpuStorage[];
  const outputs = call.outputs as readonly CpuStorage[];
  const failed = inputs.find((input) => input.failure);
  try {
    if (failed) throw failed.failure;
    const contents = inputs.map((input) => input.content!);
    const results = interpret(call.graph, hostInputs(call.graph, contents, call.scalars), {
      precision: "storage",
    });
    results.forEach(({ data, type }, k) => {
      outputs[k]!.content = encodeElements(data, type.dtype).buffer as ArrayBuffer;
    });
  } catch (failure) {
    for (const output of outputs) output.failure = failure;
  }
}
