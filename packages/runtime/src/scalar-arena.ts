import type { DType } from "@weftjs/ir/core";
import { callMismatch } from "./device-errors.js";
import { BufferUsage } from "./gpu-flags.js";
import { alignTo } from "./size-class.js";
import type { Counters } from "./stats.js";

/** Where one program's scalars lie, and what they are. */
export interface ScalarRegion {
  readonly offset: number;
  readonly lap: number;
  readonly values: readonly number[];
}

const ARENA_BYTES = 65536;

/**
 * The numbers of calls: one small buffer that is written from front to back, then again from the front. A
 * call whose numbers did not change finds them where they are. Kernels get the place as a dynamic offset, so
 * new numbers need no new bind group, and two calls in one batch never overwrite each other's.
 */
export class ScalarArena {
  readonly buffer: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #alignment: number;
  readonly #words = new DataView(new ArrayBuffer(ARENA_BYTES));
  #next = 0;
  #lap = 0;

  constructor(device: GPUDevice, counters: Counters) {
    this.#device = device;
    this.#counters = counters;
    this.#alignment = device.limits.minStorageBufferOffsetAlignment;
    this.buffer = device.createBuffer({
      size: ARENA_BYTES,
      usage: BufferUsage.storage | BufferUsage.copyTarget,
    });
  }

  /**
   * Puts `values` where the GPU finds them, unless `last` holds the same already. `submit` is called when the
   * arena starts again from the front: what is encoded must read its numbers first.
   */
  place(
    values: readonly number[],
    dtypes: readonly DType[],
    last: ScalarRegion | undefined,
    submit: () => void,
  ): ScalarRegion {
    if (last && last.lap === this.#lap && sameNumbers(last.values, values)) return last;
    const bytes = bindingBytes(dtypes);
    if (bytes > ARENA_BYTES) throw callMismatch(`${dtypes.length} scalars are too many for one call`);
    if (this.#next + bytes > ARENA_BYTES) {
      submit();
      this.#next = 0;
      this.#lap++;
    }
    const offset = this.#next;
    this.#next = alignTo(offset + bytes, this.#alignment);
    for (const [i, dtype] of dtypes.entries()) writeWord(this.#words, 4 * i, values[i]!, dtype);
    this.#device.queue.writeBuffer(this.buffer, offset, this.#words.buffer, 0, 4 * dtypes.length);
    this.#counters.writes++;
    return { offset, lap: this.#lap, values: [...values] };
  }
}

/** What a kernel's binding covers; 16 bytes more or less, as a struct in WGSL may be padded. */
export function bindingBytes(dtypes: readonly DType[]): number {
  return Math.max(16, alignTo(4 * dtypes.length, 16));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  // Object.is tells -0 from 0 and finds NaN equal to itself: what counts is the bits.
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** One 32-bit word, little-endian as every WebGPU device is. A float16 scalar travels as float32. */
function writeWord(words: DataView, offset: number, value: number, dtype: DType): void {
  switch (dtype) {
    case "float32":
    case "float16":
      return words.setFloat32(offset, value, true);
    case "int32":
      return words.setInt32(offset, value, true);
    case "uint32":
      return words.setUint32(offset, value, true);
    case "bool":
      return words.setUint32(offset, value ? 1 : 0, true);
    case "float64":
      throw callMismatch("a float64 scalar cannot reach a GPU");
    default:
      return dtype satisfies never;
  }
}
