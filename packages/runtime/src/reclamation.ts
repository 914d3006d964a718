import type { Storage } from "./storage.js";

/** Gives back a storage's reference when the object that owned it is garbage-collected. */
export class Reclamation {
  /** Owners that hold a reference. */
  tracked = 0;
  // What it holds is the storage, never the owner: that would keep the owner alive.
  readonly #registry = new FinalizationRegistry<Storage>((storage) => {
    this.tracked--;
    storage.release();
  });

  track(owner: object, storage: Storage): void {
    this.tracked++;
    this.#registry.register(owner, storage, owner);
  }

  /** True where the owner was tracked until now. */
  untrack(owner: object): boolean {
    const was = this.#registry.unregister(owner);
    if (was) this.tracked--;
    return was;
  }
}
