import type { Graph, Program, Schedule, Target, TensorType } from "@weftjs/ir";
import type { Claim } from "@weftjs/runtime";

/** The content of a tensor on a device: counted references, written once. */
export interface Storage {
  readonly bytes: number;
  retain(): unknown;
  release(): void;
}

/** One run of a compiled computation. Everything is queued: nothing here waits for the device. */
export interface ExecutorCall {
  readonly name: string;
  /** Compiles, or finds what was compiled, for the device that runs it. */
  program(target: Target): Program;
  /** The kernels that the program is made of, for a device that checks them. */
  schedule(target: Target): Schedule;
  /** The traced computation itself, for a device that interprets. */
  readonly graph: Graph;
  readonly inputs: readonly Storage[];
  readonly scalars: readonly number[];
  readonly outputs: readonly Storage[];
}

/** Counters of a device, by name. Which there are depends on the device. */
export type ExecutorStats = Readonly<Record<string, number>>;

/** What the tracer needs of a device. Calls run in the order in which they are queued. */
export interface Executor {
  readonly kind: "webgpu" | "cpu";
  allocate(type: TensorType): Storage;
  upload(view: ArrayBufferView, type: TensorType): Storage;
  enqueue(call: ExecutorCall): void;
  /** The bytes as a GPU buffer stores them: see `bytesPerElement`. */
  read(storage: Storage): Promise<ArrayBuffer>;
  sync(): Promise<void>;
  /** Hands the reference to an owner: it is given back when the owner is collected, unless it was taken from it. */
  track(owner: object, storage: Storage): Claim;
  stats(): ExecutorStats;
}
