import type { Program } from "@weftjs/ir/core";
import { BufferUsage, MapMode } from "./gpu-flags.js";

/** One dispatch that ran while a profile was taken. Times in nanoseconds, since a moment of the device's own. */
export interface TimedDispatch {
  readonly program: Program;
  /** Its position in the program. */
  readonly dispatch: number;
  /** Which call it belongs to, counted from 0. */
  readonly call: number;
  /** Undefined where the device has no timestamps. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

type Started = Pick<TimedDispatch, "program" | "dispatch" | "call">;

/** Dispatches that one query set times; two queries each, and WebGPU allows 4,096. */
const CAPACITY = 1024;
const BYTES_PER_TIME = 8;

/** The times of some dispatches, on their way to the host. */
interface Chunk {
  readonly querySet: GPUQuerySet | undefined;
  readonly started: Started[];
  staging?: GPUBuffer;
}

/** Times each dispatch by a compute pass of its own. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #hasTimestamps: boolean;
  readonly #done: Chunk[] = [];
  /** Chunks with dispatches that are not submitted. */
  #open: Chunk[] = [];
  #calls = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#hasTimestamps = device.features.has("timestamp-query");
  }

  /** A call begins: the dispatches from here on are its own. */
  nextCall(): void {
    this.#calls++;
  }

  /** What the pass of this dispatch is to write. */
  start(program: Program, dispatch: number): GPUComputePassTimestampWrites | undefined {
    const chunk = this.#chunk();
    const k = chunk.started.push({ program, dispatch, call: this.#calls - 1 }) - 1;
    const { querySet } = chunk;
    if (!querySet) return undefined;
    return { querySet, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 };
  }

  /** The last commands of a batch: its times on their way to the host. */
  resolve(encoder: GPUCommandEncoder): void {
    for (const chunk of this.#open) {
      this.#done.push(chunk);
      if (!chunk.querySet) continue;
      const count = 2 * chunk.started.length;
      const size = count * BYTES_PER_TIME;
      const usage = BufferUsage.copySource | BufferUsage.queryResolve;
      const resolved = this.#device.createBuffer({ size, usage });
      chunk.staging = this.#device.createBuffer({
        size,
        usage: BufferUsage.mapRead | BufferUsage.copyTarget,
      });
      encoder.resolveQuerySet(chunk.querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, chunk.staging, 0, size);
    }
    this.#open = [];
  }

  /** All dispatches in order, once all that was submitted is done. Frees what the profile needed. */
  async results(): Promise<TimedDispatch[]> {
    const all: TimedDispatch[] = [];
    for (const { querySet, started, staging } of this.#done) {
      const times = staging && (await timesOf(staging));
      querySet?.destroy();
      started.forEach((one, k) => {
        // A driver may report an end before its beginning when its clock is reset.
        const [begin, end] = times ? [times[2 * k]!, Math.max(times[2 * k]!, times[2 * k + 1]!)] : [];
        all.push({ ...one, begin, end });
      });
    }
    return all;
  }

  #chunk(): Chunk {
    const last = this.#open.at(-1);
    if (last && last.started.length < CAPACITY) return last;
    const querySet = this.#hasTimestamps
      ? this.#device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY })
      : undefined;
    const chunk: Chunk = { querySet, started: [] };
    this.#open.push(chunk);
    return chunk;
  }
}

async function timesOf(staging: GPUBuffer): Promise<number[]> {
  await staging.mapAsync(MapMode.read);
  // Beyond 2⁵³ ns, 104 days of uptime, single nanoseconds are lost, which no clock resolves.
  const times = Array.from(new BigUint64Array(staging.getMappedRange()), Number);
  staging.destroy();
  return times;
}
