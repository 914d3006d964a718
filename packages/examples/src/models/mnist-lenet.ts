/**
 * LeNet on MNIST (LeCun and others, 1998): two convolutions, each with a pool behind it, then two dense layers; trained
 * with Adam. Batches, loss and loop are those of the perceptron.
 */
import {
  adam,
  conv2d,
  crossEntropy,
  eager,
  heNormal,
  jit,
  matmul,
  minibatch,
  type Mnist,
  type OptimizerState,
  random,
  relu,
  type Tensor,
  valueAndGrad,
  zeros,
} from "weftjs";
import { defaults } from "./defaults.js";
import { accuracyOn } from "../training/accuracy.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";

export interface Params {
  /** The convolutions: w [out, in, 5, 5], b [out]. */
  readonly conv: readonly Layer[];
  /** The dense layers: w [inputs, outputs], b [outputs]. */
  readonly dense: readonly Layer[];
}

export interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

export function init(seed: number): Params {
  const [a, b, c, d] = random.split(random.key(seed), 4);
  return {
    conv: [
      { w: heNormal(a!, [20, 1, 5, 5]), b: zeros([20]) },
      { w: heNormal(b!, [50, 20, 5, 5]), b: zeros([50]) },
    ],
    dense: [
      { w: heNormal(c!, [800, 500]), b: zeros([500]) },
      { w: heNormal(d!, [500, 10]), b: zeros([10]) },
    ],
  };
}

/** x: [batch, 784] → logits: [batch, 10]. */
export function predict({ conv, dense }: Params, x: Tensor): Tensor {
  x = x.reshape([-1, 1, 28, 28]);
  for (const { w, b } of conv) x = relu(conv2d(x, w, { bias: b })).maxPool2d({ size: 2 });
  x = x.reshape([-1, 800]);
  const [hidden, output] = dense as [Layer, Layer];
  x = relu(matmul(x, hidden.w).add(hidden.b));
  return matmul(x, output.w).add(output.b);
}

/** y: [batch] digits. The mean over the batch, in nats. */
export function loss(params: Params, x: Tensor, y: Tensor): Tensor {
  return crossEntropy(predict(params, x), y);
}

/** One step of Adam. Gives the new parameters, the new state and the loss of the old parameters. */
export function update(
  params: Params,
  state: OptimizerState,
  x: Tensor,
  y: Tensor,
  lr: number,
): [Params, OptimizerState, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, x, y);
  return [...adam(lr).update(slopes, state, params), value];
}

export async function train(
  data: Mnist,
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.lenet,
  monitor: Monitor = silent,
): Promise<Params> {
  const step = isEager ? eager(update) : jit(update, { donate: [0, 1] });
  const accuracy = accuracyOn(data.test, predict);
  let params = init(seed);
  let state = adam(lr).init(params);
  monitor.start(epochs * Math.floor(data.train.x.shape[0]! / batch));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of minibatch({ ...data.train }, { size: batch, shuffle: true, seed: seed + epoch })) {
      const [next, nextState, value] = step(params, state, x, y, lr);
      [params, state] = [next, nextState];
      await monitor.step(value);
    }
    monitor.epoch(epoch, { accuracy: await accuracy(params) });
  }
  return params;
}
