import { formatType, type WeftError } from "@weftjs/ir/core";
import { formatBytes } from "./device-errors.js";
import { Storage, type StorageKeeper } from "./storage.js";

/** Knows every storage that occupies memory, and how many bytes users hold. */
export class StorageLedger implements StorageKeeper {
  /** Bytes of storages with a reference, virtual ones counted. */
  liveBytes = 0;
  peakLiveBytes = 0;
  /** Storages with a reference. */
  liveCount = 0;
  // Strong, but of storages only: the tensors that own them stay collectable.
  readonly #written = new Set<Storage>();

  create(bytes: number): Storage {
    this.liveBytes += bytes;
    this.liveCount++;
    if (this.liveBytes > this.peakLiveBytes) this.peakLiveBytes = this.liveBytes;
    return new Storage(bytes, this);
  }

  /** Gives a storage its content. */
  write(storage: Storage, buffer: NonNullable<Storage["buffer"]>): void {
    storage.buffer = buffer.hold();
    this.#written.add(storage);
  }

  released(storage: Storage): void {
    this.liveBytes -= storage.bytes;
    this.liveCount--;
  }

  abandoned(storage: Storage): void {
    const { buffer } = storage;
    if (!buffer) return;
    storage.buffer = undefined;
    this.#written.delete(storage);
    buffer.drop();
  }

  /** The device is gone, and with it every content: whoever reads one, on whatever device, is told why. */
  lose(error: WeftError): void {
    for (const storage of this.#written) {
      storage.failure ??= error;
      storage.buffer = undefined;
    }
    this.#written.clear();
  }

  /** The largest storages in memory, described for a message. */
  largest(count: number): string[] {
    return [...this.#written]
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, count)
      .map((storage) => {
        const { origin } = storage;
        const type = origin?.type ? `${formatType(origin.type)}, ` : "";
        const owner = storage.isReleased ? " (only queued work needs it)" : "";
        return `${type}${formatBytes(storage.bytes)}, from ${origin?.name ?? "a call"}${owner}`;
      });
  }
}
