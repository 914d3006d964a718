import type { Graph, Value } from "../graph.js";
import { type HostTensor, hostTensor } from "../interpreter/host-tensor.js";
import { isFloat, type TensorType } from "../types.js";

export interface RandomInputOptions {
  /** Puts NaN, infinities and zeros of both signs among the floats. */
  readonly specials?: boolean;
}

const SPECIALS = [0, -0, 1, -1, NaN, Infinity, -Infinity, 0.5] as const;

/** One tensor a parameter; equal seeds give equal numbers. */
export function randomInputs(graph: Graph, seed: number, options: RandomInputOptions = {}): HostTensor[] {
  const random = mulberry32(seed);
  return graph.params.map((param: Value) => {
    const { type } = param;
    return hostTensor(
      type,
      Array.from({ length: param.size }, () => element(type, random, options)),
    );
  });
}

function element({ dtype }: TensorType, random: () => number, options: RandomInputOptions): number {
  if (dtype === "bool") return random() < 0.5 ? 0 : 1;
  if (dtype === "int32") return Math.floor(random() * 9) - 4;
  if (dtype === "uint32") return Math.floor(random() * 9);
  if (options.specials && isFloat(dtype) && random() < 0.4) {
    return SPECIALS[Math.floor(random() * SPECIALS.length)]!;
  }
  return Math.fround(random() * 4 - 2);
}

/** Tommy Ettinger's mulberry32: small, and good enough for test data. Gives numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether two lists of tensors are equal to the bit; NaN equals NaN, 0 differs from -0. */
export function sameBits(a: readonly HostTensor[], b: readonly HostTensor[]): boolean {
  return (
    a.length === b.length && a.every((tensor, k) => tensor.data.every((x, i) => Object.is(x, b[k]!.data[i])))
  );
}
