import type { Dispatch, Program } from "@weftjs/ir/core";
import type { BoundRange } from "./bind-group-cache.js";
import { BufferUsage } from "./gpu-flags.js";
import { alignTo } from "./size-class.js";

/** Bind groups tell buffers apart by number; those of the pool count from 1 upwards, these the other way. */
let lastId = 0;

/** Where in their tensors the dispatches of a program begin: one small buffer, written once and never changed. */
export class PlaceTable {
  readonly #ranges = new Map<Dispatch, BoundRange>();

  private constructor(device: GPUDevice, dispatches: readonly Dispatch[]) {
    const starts = new Map<string, number>();
    const step = device.limits.minStorageBufferOffsetAlignment;
    let size = 0;
    for (const { places } of dispatches) {
      if (starts.has(String(places))) continue;
      starts.set(String(places), size);
      size = alignTo(size + 4 * places!.length, step);
    }
    const usage = BufferUsage.storage | BufferUsage.copyTarget;
    const buffer = device.createBuffer({ size, usage, mappedAtCreation: true });
    const words = new Int32Array(buffer.getMappedRange());
    const id = --lastId;
    for (const dispatch of dispatches) {
      const offset = starts.get(String(dispatch.places))!;
      words.set(dispatch.places!, offset / 4);
      this.#ranges.set(dispatch, { id, buffer, offset, bytes: 4 * dispatch.places!.length });
    }
    buffer.unmap();
  }

  /** None where no dispatch has places. */
  static of({ dispatches }: Program, device: GPUDevice): PlaceTable | undefined {
    const moving = dispatches.filter(({ places }) => places);
    return moving.length > 0 ? new PlaceTable(device, moving) : undefined;
  }

  rangeOf(dispatch: Dispatch): BoundRange {
    return this.#ranges.get(dispatch)!;
  }
}
