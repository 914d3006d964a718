/**
 * Softmax regression on MNIST: one matrix product between the pixels and the digits, 7,850 parameters. The
 * gradient comes from the loss as it stands; nothing about the model is said twice.
 */
import {
  crossEntropy,
  eager,
  jit,
  minibatch,
  type Mnist,
  tensor,
  tree,
  uniformStream,
  valueAndGrad,
  zeros,
  type Tensor,
} from "weftjs";
import { defaults } from "./defaults.js";
import { gaussian } from "./gaussian.js";
import { accuracyOn } from "../training/accuracy.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";

export interface Params {
  /** [784, 10] */
  w: Tensor;
  /** [10] */
  b: Tensor;
}

export function init(seed: number): Params {
  const weights = gaussian(784 * 10, 0.1, uniformStream(seed));
  return { w: tensor(weights, { shape: [784, 10] }), b: zeros([10]) };
}

/** x: [batch, 784] → logits: [batch, 10] */
export function predict({ w, b }: Params, x: Tensor): Tensor {
  return x.matmul(w).add(b);
}

/** y: [batch] digits. The mean over the batch, in nats. */
export function loss(params: Params, x: Tensor, y: Tensor): Tensor {
  return crossEntropy(predict(params, x), y);
}

/** One step down the gradient. Gives the new parameters and the loss of the old ones. */
export function update(params: Params, x: Tensor, y: Tensor, lr: number): [Params, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, x, y);
  return [tree.map((p: Tensor, slope: Tensor) => p.sub(slope.mul(lr)), params, slopes), value];
}

export async function train(
  data: Mnist,
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.softmax,
  monitor: Monitor = silent,
): Promise<Params> {
  const step = isEager ? eager(update) : jit(update, { donate: [0] });
  const accuracy = accuracyOn(data.test, predict);
  let params = init(seed);
  monitor.start(epochs * Math.floor(data.train.x.shape[0]! / batch));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of minibatch({ ...data.train }, { size: batch, shuffle: true, seed: seed + epoch })) {
      const [next, value] = step(params, x, y, lr);
      params = next;
      await monitor.step(value);
    }
    monitor.epoch(epoch, { accuracy: await accuracy(params) });
  }
  return params;
}
