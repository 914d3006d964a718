import type { PointwiseOp } from "../op.js";
import type { Callable } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import type { ScalarOps } from "../scalar.js";

type ThreefryAttrs = {
  /** Which of the two words of a block, or `xor` of both. */
  readonly word: "first" | "second" | "xor";
};

/** Rotation distances of Threefry-2x32, four rounds each in turn. */
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const PARITY = 0x1bd11bda;

/**
 * A word of the Threefry-2x32 block, 20 rounds, of counter (c0, c1) under key (k0, k1): Salmon et al., Parallel Random
 * Numbers: As Easy as 1, 2, 3 (2011). One op and not its 115 additions, rotations and xors, so that a kernel that
 * needs random numbers has room for what it needs them for, and tracing them costs one node.
 */
export const threefry2x32: PointwiseOp & Callable<["k0", "k1", "c0", "c1"], ThreefryAttrs> = defineOp<
  ["k0", "k1", "c0", "c1"],
  ThreefryAttrs
>({
  kind: "pointwise",
  name: "threefry2x32",
  summary: "a word of the Threefry-2x32 block of a counter under a key",
  operands: ["k0", "k1", "c0", "c1"],
  accepts: ["uint32"],
  scalar({ k0, k1, c0, c1 }, s, { word }) {
    const [first, second] = block([k0, k1], [c0, c1], s);
    if (word === "xor") return s.bitXor(first, second);
    return word === "first" ? first : second;
  },
  vjp: null,
  // The known answers of Random123: all zeros, all ones, digits of pi.
  samples: [
    [0, 0xffffffff, 0x13198a2e],
    [0, 0xffffffff, 0x03707344],
    [0, 0xffffffff, 0x243f6a88],
    [0, 0xffffffff, 0x85a308d3],
  ],
  sampleAttrs: { word: "first" },
});

function block<E>(key: readonly [E, E], counter: readonly [E, E], s: ScalarOps<E>): readonly [E, E] {
  const schedule = [key[0], key[1], s.bitXor(s.bitXor(key[0], key[1]), PARITY)];
  let x0 = s.add(counter[0], key[0]);
  let x1 = s.add(counter[1], key[1]);
  for (let group = 1; group <= 5; group++) {
    for (const distance of ROTATIONS[(group - 1) % 2]!) {
      x0 = s.add(x0, x1);
      const rotated = s.bitOr(s.shiftLeft(x1, distance), s.shiftRight(x1, 32 - distance));
      x1 = s.bitXor(rotated, x0);
    }
    x0 = s.add(x0, schedule[group % 3]!);
    x1 = s.add(s.add(x1, schedule[(group + 1) % 3]!), group);
  }
  return [x0, x1];
}
