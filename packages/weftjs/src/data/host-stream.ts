/**
 * A seeded stream of uniform numbers in [0, 1), on the host: mulberry32, 32 bits of state. Good enough to shuffle a
 * data set, the same on every machine; numbers for a model come from `random` and its keys.
 */
export function uniformStream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0 … count - 1 in random order, every order equally likely (Fisher and Yates). */
export function shuffledOrder(count: number, next: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
