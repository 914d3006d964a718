import * as ir from "@weftjs/ir";
import { elementCount, formatType, type Shape } from "@weftjs/ir";
import { astype } from "../functions/convert.js";
import { multiply } from "../functions/arithmetic.js";
import { stack } from "../functions/joining.js";
import { given } from "../functions/numeric.js";
import { reshape } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";

/**
 * A key: uint32[2]. The same key gives the same numbers, always and on every device; what needs different ones splits
 * it. Bits are those of JAX's default generator, Threefry-2x32, with `jax_threefry_partitionable` on, its default
 * since 0.5.
 */
export type Key = Tensor;

/** The key of a seed, uint32[2]: a whole number taken modulo 2³², as JAX's `key` does without 64-bit integers. @throws W2150 */
export function key(seed: number | Tensor): Key {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw userError({
      code: "W2150",
      message: `a seed is a whole number, got ${seed}`,
      hint: "Math.trunc(seed), or Date.now() for another one every time",
    });
  }
  const word = typeof seed === "number" ? seed >>> 0 : astype(seed, "uint32");
  return multiply(given(ir.iota({ dtype: "uint32", shape: [2], axis: 0 })), word);
}

/** `count` new keys: uint32[count, 2], to be taken apart by `const [a, b] = split(key)`. @throws W2150 */
export function split(key: Key, count: number = 2): Tensor {
  return pairOf(key, [count], counterOf([count]));
}

/** The key that belongs to a number under this key: a layer, a step. `foldIn(key, i)` is row `i` of `split(key)`. */
export function foldIn(key: Key, data: number | Tensor): Key {
  return pairOf(key, [], typeof data === "number" ? data >>> 0 : astype(data, "uint32"));
}

/** Uniform 32-bit words: uint32 of this shape. @throws W2150 */
export function bits(key: Key, shape: Shape = []): Tensor {
  return word(key, counterOf(shape), "xor", shape);
}

function pairOf(key: Key, shape: Shape, counter: Tensor | number): Tensor {
  const words = (["first", "second"] as const).map((which) => word(key, counter, which, shape));
  return stack(words, { axis: -1 });
}

function word(key: Key, counter: Tensor | number, which: "first" | "second" | "xor", shape: Shape): Tensor {
  const [k0, k1] = wordsOf(key);
  const made = given(ir.threefry2x32(k0, k1, 0, counter, { word: which }));
  return made.ndim === shape.length ? made : reshape(made, shape);
}

function wordsOf(key: Key): readonly [Tensor, Tensor] {
  if (!(key instanceof Tensor) || key.dtype !== "uint32" || key.ndim !== 1 || key.size !== 2) {
    throw userError({
      code: "W2150",
      message: `a random key is uint32[2], got ${key instanceof Tensor ? formatType(key.type) : typeof key}`,
      hint: "make one with random.key(seed); of random.split(key, n) take one row",
    });
  }
  const at = (start: number): Tensor =>
    reshape(given(ir.slice(key, { starts: [start], sizes: [1], strides: [1] })), []);
  return [at(0), at(1)];
}

/** The row-major number of each element. */
function counterOf(shape: Shape): Tensor {
  const flat = given(ir.iota({ dtype: "uint32", shape: [elementCount(shape)], axis: 0 }));
  return reshape(flat, shape);
}
