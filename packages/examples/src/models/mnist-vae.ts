/**
 * A variational autoencoder on MNIST (Kingma and Welling, 2014): one net describes an image by a few normally
 * distributed numbers, another draws it from such numbers. Once trained, the second draws digits from pure noise.
 */
import {
  adam,
  bceWithLogits,
  eager,
  heNormal,
  jit,
  matmul,
  minibatch,
  type Mnist,
  type OptimizerState,
  random,
  relu,
  sigmoid,
  type Tensor,
  valueAndGrad,
  zeros,
} from "weftjs";
import { lossOn } from "../training/loss-on.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { PictureOptions, TrainOptions } from "../training/options.js";
import { defaults } from "./defaults.js";

/** w [inputs, outputs], b [outputs]. */
export interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

export interface Params {
  readonly encoder: { readonly hidden: Layer; readonly mean: Layer; readonly logVariance: Layer };
  readonly decoder: { readonly hidden: Layer; readonly pixels: Layer };
}

/** How many numbers describe an image. */
const CODE = 16;

export function init(hidden: number, seed: number): Params {
  const keys = random.split(random.key(seed), 5);
  const layer = (i: number, inputs: number, outputs: number): Layer => ({
    w: heNormal(keys.slice(i), [inputs, outputs]),
    b: zeros([outputs]),
  });
  return {
    encoder: {
      hidden: layer(0, 784, hidden),
      mean: layer(1, hidden, CODE),
      logVariance: layer(2, hidden, CODE),
    },
    decoder: { hidden: layer(3, CODE, hidden), pixels: layer(4, hidden, 784) },
  };
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
  return matmul(x, w).add(b);
}

/**
 * The bound on -ln p(x) that is trained, in nats an image: what drawing the image again from its description costs, and
 * what the description costs, its divergence from the standard normal distribution. The description is drawn as
 * mean + deviation · noise, so that gradients pass through the drawing.
 */
export function loss(params: Params, x: Tensor, key: Tensor): Tensor {
  const [mean, logVariance] = encode(params, x);
  const noise = random.normal(key, mean.shape);
  const code = mean.add(logVariance.mul(0.5).exp().mul(noise));
  const drawing = bceWithLogits(decode(params, code), x, { reduction: "none" }).sum({ axis: -1 });
  const divergence = mean.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5).sum({ axis: -1 });
  return drawing.add(divergence).mean();
}

/** One step of Adam. Gives the new parameters and moments, a key for the next step, and the loss of the old parameters. */
export function update(
  params: Params,
  moments: OptimizerState,
  key: Tensor,
  x: Tensor,
  lr: number,
): [Params, OptimizerState, Tensor, Tensor] {
  const [own, nextKey] = random.split(key);
  const [value, slopes] = valueAndGrad(loss)(params, x, own!);
  return [...adam(lr).update(slopes, moments, params), nextKey!, value];
}

export async function train(
  data: Mnist,
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.vae,
  monitor: Monitor = silent,
  params: Params = init(defaults.vae.hidden, seed),
): Promise<Params> {
  const step = isEager ? eager(update) : jit(update, { donate: [0, 1, 2] });
  const heldOut = lossOn({ x: data.test.x }, batch, (params: Params, { x }, number) =>
    loss(params, x, random.key(number)),
  );
  let [moments, key] = [adam(lr).init(params), random.key(seed)];
  monitor.start(epochs * Math.floor(data.train.x.shape[0]! / batch));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const batches = minibatch({ x: data.train.x }, { size: batch, shuffle: true, seed: seed + epoch });
    for (const { x } of batches) {
      const [next, nextMoments, nextKey, value] = step(params, moments, key, x, lr);
      [params, moments, key] = [next, nextMoments, nextKey];
      await monitor.step(value);
    }
    monitor.epoch(epoch, { loss: await heldOut(params) });
  }
  return params;
}

/** Digits that nobody wrote: [count, 784], 0 to 1. */
export function generate(
  params: Params,
  { generate: count, seed }: Pick<PictureOptions, "generate" | "seed">,
): Tensor {
  const draw = jit((params: Params, key: Tensor) =>
    sigmoid(decode(params, random.normal(key, [count, CODE]))),
  );
  return draw(params, random.key(seed));
}
