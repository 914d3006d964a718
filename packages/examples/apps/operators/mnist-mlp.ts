/** The multilayer perceptron of `src/models/mnist-mlp.ts`, with operators. */
import { crossEntropy, relu, tree, valueAndGrad, type Tensor } from "weftjs/math";

export interface Layer {
  /** [inputs, outputs] */
  w: Tensor;
  /** [outputs] */
  b: Tensor;
}

/** x: [batch, 784] → logits: [batch, 10]. As many layers as there are parameters for. */
export function predict(layers: readonly Layer[], x: Tensor): Tensor {
  layers.forEach(({ w, b }, i) => {
    x = x.matmul(w) + b;
    if (i < layers.length - 1) x = relu(x);
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
  return [tree.map((p: Tensor, slope: Tensor) => p - lr * slope, layers, slopes), value];
}
