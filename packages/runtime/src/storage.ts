import type { TensorType, WeftError } from "@weftjs/ir/core";
import type { PooledBuffer } from "./buffer-pool.js";
import { storageReleased } from "./device-errors.js";

/** Told when a storage's claims change. */
export interface StorageKeeper {
  /** The last reference went; calls that are queued may still need the content. */
  released(storage: Storage): void;
  /** Neither a user nor the queue needs the content any more. */
  abandoned(storage: Storage): void;
}

/** What a storage holds, for messages. */
export interface StorageOrigin {
  readonly name: string;
  readonly type?: TensorType | undefined;
}

/**
 * The content of a tensor: a reference-counted piece of device memory that is written once and never changes
 * afterwards, so several tensors may share one. Virtual until the call that writes it is encoded: before
 * that, and after a failure, it occupies nothing.
 */
export class Storage {
  readonly bytes: number;
  /** Why the content will never exist. Reading it, or anything computed from it, rejects with this. */
  failure: WeftError | undefined;
  /** @internal The runtime's: where the content is. */
  buffer: PooledBuffer | undefined;
  /** @internal The runtime's: who wrote it. */
  origin: StorageOrigin | undefined;

  readonly #keeper: StorageKeeper;
  #references = 1;
  #pins = 0;

  /** Made by `Runtime.allocate` and `Runtime.upload`, with one reference. */
  constructor(bytes: number, keeper: StorageKeeper) {
    this.bytes = bytes;
    this.#keeper = keeper;
  }

  /** No reference is left. Calls that were queued before still find the content. */
  get isReleased(): boolean {
    return this.#references === 0;
  }

  /** Adds a reference. Throws W4040 once released. */
  retain(): this {
    if (this.#references === 0) throw storageReleased(this.bytes);
    this.#references++;
    return this;
  }

  /** Gives one reference back. The memory is free again when none is left and nothing queued uses it. */
  release(): void {
    if (this.#references === 0) return;
    if (--this.#references > 0) return;
    this.#keeper.released(this);
    if (this.#pins === 0) this.#keeper.abandoned(this);
  }

  /** @internal The queue's claim, counted apart: it is no user's reference. */
  pin(): void {
    this.#pins++;
  }

  /** @internal */
  unpin(): void {
    if (--this.#pins === 0 && this.#references === 0) this.#keeper.abandoned(this);
  }
}
