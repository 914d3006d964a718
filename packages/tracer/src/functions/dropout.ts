import type { Tensor } from "../tensor.js";
import type { Key } from "../random/key.js";
import { bernoulli } from "../random/samplers.js";
import { userError } from "../trace/user-error.js";
import { multiply } from "./arithmetic.js";
import { where } from "./compare.js";
import { zerosLike } from "./creation.js";
import { toFloat } from "./reductions.js";

/**
 * `x` with each element 0 with probability `rate` and `x / (1 - rate)` otherwise, so that its expectation stays
 * (Srivastava et al., JMLR 15, 2014). Shape of `x`; integers become float32. The same key drops the same elements; at
 * rate 0 nothing is dropped, at 1 everything. Gradients go through what stays. For inference, leave it out.
 *
 * @throws W2140 a rate outside of [0, 1]; W2150 a key that is none.
 */
export function dropout(key: Key, rate: number, x: Tensor): Tensor {
  if (!(rate >= 0 && rate <= 1)) {
    throw userError({
      code: "W2140",
      message: `dropout needs a rate from 0 to 1, got ${rate}`,
      hint: "the rate is the share that is dropped: dropout(key, 0.1, x) keeps nine of ten",
    });
  }
  const floats = toFloat(x);
  if (rate === 1) return zerosLike(floats);
  const stays = bernoulli(key, 1 - rate, x.shape);
  return where(stays, multiply(floats, 1 / (1 - rate)), 0);
}
