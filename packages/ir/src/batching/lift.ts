import { broadcastTo } from "../ops/stretch.js";
import type { ValueLike } from "../types.js";

/** A value that is the same for all calls of a batch, once for each. */
export function lift(x: ValueLike, size: number): ValueLike {
  return broadcastTo(x, { shape: [size, ...x.shape] });
}
