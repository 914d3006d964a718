import { bug } from "../errors.js";
import type { DType } from "../types.js";

const words = new Uint32Array(1);
const views: Partial<Record<DType, Float32Array | Int32Array | Uint32Array>> = {
  float32: new Float32Array(words.buffer),
  int32: new Int32Array(words.buffer),
  uint32: words,
};

/** The bits of a number of one dtype, read as another. A NaN has its standard bits, whatever they were before. */
export function reinterpret(value: number, from: DType, to: DType): number {
  const [source, target] = [views[from], views[to]];
  if (!source || !target) throw bug(`the bits of ${from} cannot be read as ${to}`);
  source[0] = value;
  return target[0]!;
}
