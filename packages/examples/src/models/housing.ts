/**
 * Linear regression on the Boston housing prices: the smallest model that can be trained. The model is plain
 * TypeScript; `valueAndGrad` turns its loss into a function that also gives the slopes, and `jit` turns the
 * step into fused GPU kernels.
 */
import { eager, type Housing, jit, minibatch, tree, valueAndGrad, zeros, type Tensor } from "weftjs";
import { defaults } from "./defaults.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";

export interface Params {
  /** [features, 1] */
  w: Tensor;
  /** [1] */
  b: Tensor;
}

export function init(features = 13): Params {
  return { w: zeros([features, 1]), b: zeros([1]) };
}

export function predict({ w, b }: Params, x: Tensor): Tensor {
  return x.matmul(w).add(b);
}

/** The mean squared error, in (1000 $)². */
export function loss(params: Params, x: Tensor, y: Tensor): Tensor {
  return predict(params, x).sub(y).square().mean();
}

/** One step down the gradient. Gives the new parameters and the loss of the old ones. */
export function update(params: Params, x: Tensor, y: Tensor, lr: number): [Params, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, x, y);
  return [tree.map((p: Tensor, slope: Tensor) => p.sub(slope.mul(lr)), params, slopes), value];
}

export async function train(
  data: Housing,
  { epochs, batch, lr, isEager }: TrainOptions = defaults.housing,
  monitor: Monitor = silent,
): Promise<Params> {
  const step = isEager ? eager(update) : jit(update, { donate: [0] });
  // The table is small: its batches are copied to the device once and stay there.
  const batches = [...minibatch({ ...data }, { size: batch })];
  let params = init();
  monitor.start(epochs * batches.length);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of batches) {
      const [next, value] = step(params, x, y, lr);
      params = next;
      await monitor.step(value);
    }
  }
  const { x, y } = batches[0]!;
  await monitor.end(jit(loss)(params, x, y));
  return params;
}
