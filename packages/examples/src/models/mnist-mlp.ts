/**
 * A multilayer perceptron on MNIST: the softmax model with a hidden layer of 64 rectified units in front. Only
 * `init` and `predict` differ from it.
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

export interface Layer {
  /** [inputs, outputs] */
  w: Tensor;
  /** [outputs] */
  b: Tensor;
}

export function init(seed: number, sizes: readonly number[] = [784, 64, 10]): Layer[] {
  const next = uniformStream(seed);
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!;
    // He and others (2015): keeps the spread of the activations the same from layer to layer.
    const weights = gaussian(inputs * outputs, Math.sqrt(2 / inputs), next);
    return { w: tensor(weights, { shape: [inputs, outputs] }), b: zeros([outputs]) };
  });
}

/** x: [batch, 784] → logits: [batch, 10]. As many layers as there are parameters for. */
export function predict(layers: readonly Layer[], x: Tensor): Tensor {
  layers.forEach(({ w, b }, i) => {
    x = x.matmul(w).add(b);
    if (i < layers.length - 1) x = x.relu();
  });
  return x;
}

/** y: [batch] digits. The mean over the batch, in nats. */
export function loss(layers: Layer[], x: Tensor, y: Tensor): Tensor {
  return crossEntropy(predict(layers, x), y);
}

/** One step down the gradient. Gives the new parameters and the loss of the old ones. */
export function update(layers: Layer[], x: Tensor, y: Tensor, lr: number): [Layer[], Tensor] {
  const [value, slopes] = valueAndGrad(loss)(layers, x, y);
  return [tree.map((p: Tensor, slope: Tensor) => p.sub(slope.mul(lr)), layers, slopes), value];
}

export async function train(
  data: Mnist,
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.mlp,
  monitor: Monitor = silent,
): Promise<Layer[]> {
  const step = isEager ? eager(update) : jit(update, { donate: [0] });
  const accuracy = accuracyOn(data.test, predict);
  let layers = init(seed);
  monitor.start(epochs * Math.floor(data.train.x.shape[0]! / batch));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of minibatch({ ...data.train }, { size: batch, shuffle: true, seed: seed + epoch })) {
      const [next, value] = step(layers, x, y, lr);
      layers = next;
      await monitor.step(value);
    }
    monitor.epoch(epoch, { accuracy: await accuracy(layers) });
  }
  return layers;
}
