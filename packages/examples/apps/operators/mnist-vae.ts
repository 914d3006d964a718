/** The variational autoencoder of `src/models/mnist-vae.ts`, with operators: its loss is the formula of the paper. */
import { bceWithLogits, exp, matmul, random, relu, type Tensor } from "weftjs/math";

/** w [inputs, outputs], b [outputs]. */
export interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

export interface Params {
  readonly encoder: { readonly hidden: Layer; readonly mean: Layer; readonly logVariance: Layer };
  readonly decoder: { readonly hidden: Layer; readonly pixels: Layer };
}

/** x: [batch, 784] → the mean and the logarithm of the variance of its description, [batch, 16] each. */
export function encode({ encoder }: Params, x: Tensor): [Tensor, Tensor] {
  const hidden = relu(dense(encoder.hidden, x));
  return [dense(encoder.mean, hidden), dense(encoder.logVariance, hidden)];
}

/** A description, [batch, 16] → the logits of the pixels: [batch, 784]. */
export function decode({ decoder }: Params, code: Tensor): Tensor {
  return dense(decoder.pixels, relu(dense(decoder.hidden, code)));
}

function dense({ w, b }: Layer, x: Tensor): Tensor {
  return matmul(x, w) + b;
}

/** The bound on -ln p(x), in nats an image. */
export function loss(params: Params, x: Tensor, key: Tensor): Tensor {
  const [mean, logVariance] = encode(params, x);
  const noise = random.normal(key, mean.shape);
  const code = mean + exp(logVariance / 2) * noise;
  const drawing = bceWithLogits(decode(params, code), x, { reduction: "none" }).sum({ axis: -1 });
  const divergence = ((mean ** 2 + exp(logVariance) - logVariance - 1) / 2).sum({ axis: -1 });
  return (drawing + divergence).mean();
}
