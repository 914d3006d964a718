/** Linear regression on the Boston housing prices, as in `src/models/housing.ts`, with operators. */
import { tree, valueAndGrad, type Tensor } from "weftjs/math";

export interface Params {
  /** [features, 1] */
  w: Tensor;
  /** [1] */
  b: Tensor;
}

export function predict({ w, b }: Params, x: Tensor): Tensor {
  return x.matmul(w) + b;
}

/** The mean squared error, in (1000 $)². */
export function loss(params: Params, x: Tensor, y: Tensor): Tensor {
  return ((predict(params, x) - y) ** 2).mean();
}

/** One step down the gradient. Gives the new parameters and the loss of the old ones. */
export function update(params: Params, x: Tensor, y: Tensor, lr: number): [Params, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, x, y);
  return [tree.map((p: Tensor, slope: Tensor) => p - lr * slope, params, slopes), value];
}
