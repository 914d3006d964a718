/** Objects with something about each, for as long as others keep them. */
export class WeakList<T extends object, V = null> {
  private entries: (readonly [WeakRef<T>, V])[] = [];
  private limit = 16;

  add(object: T, value: V): void {
    this.entries.push([new WeakRef(object), value]);
    if (this.entries.length < this.limit) return;
    this.entries = this.entries.filter(([ref]) => ref.deref() !== undefined);
    this.limit = Math.max(16, 2 * this.entries.length); // So that each is looked at a few times only.
  }

  /** Those that are still there. */
  alive(): [T, V][] {
    return this.entries.flatMap(([ref, value]): [T, V][] => {
      const object = ref.deref();
      return object === undefined ? [] : [[object, value]];
    });
  }
}
