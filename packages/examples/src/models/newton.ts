/**
 * Newton's method, which needs no learning rate: logistic regression tells the dear half of Boston's houses from the
 * cheap one. The step is the gradient divided by the curvature, so the model asks for both; the linear system in between
 * is solved by a loop of plain TypeScript. Near the end each step doubles the number of correct digits.
 */
import {
  bceWithLogits,
  dot,
  eager,
  hessian,
  jit,
  matmul,
  maximum,
  type Tensor,
  valueAndGrad,
  zeros,
  zerosLike,
} from "weftjs";
import type { Houses } from "../training/houses.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";
import { defaults } from "./defaults.js";

/** A weight for each feature, the last number is the offset: [features + 1]. */
export function init(features = 13): Tensor {
  return zeros([features + 1]);
}

/** x: [rows, features] → the logits of being dear: [rows]. */
export function predict(w: Tensor, x: Tensor): Tensor {
  return matmul(x, w.slice([0, -1])).add(w.slice(-1));
}

/** Keeps the weights finite where a plane separates the halves. */
const SHRINKAGE = 1e-3;

/** y: [rows], 1 for the dear. The mean, in nats, and a little for large weights. */
export function loss(w: Tensor, x: Tensor, y: Tensor): Tensor {
  return bceWithLogits(predict(w, x), y).add(dot(w, w).mul(SHRINKAGE / 2));
}

/** One step of Newton's method, or a part of it. Gives the new weights and the loss of the old ones. */
export function update(w: Tensor, x: Tensor, y: Tensor, part: number): [Tensor, Tensor] {
  const [value, slope] = valueAndGrad(loss)(w, x, y);
  const curvature = hessian(loss)(w, x, y);
  return [w.sub(solve(curvature, slope).mul(part)), value];
}

/** Divisors are at least so large: what is solved exactly stays as it is. */
const TINY = 1e-30;

/**
 * The x with a·x = b, a: [n, n] symmetric with positive eigenvalues, by conjugate gradients (Hestenes and Stiefel, 1952):
 * n directions, none of which spoils what another has reached.
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  let [x, residual, direction] = [zerosLike(b), b, b];
  let size = dot(residual, residual);
  for (let i = 0; i < b.size; i++) {
    const image = matmul(a, direction);
    const far = size.div(maximum(dot(direction, image), TINY));
    x = x.add(direction.mul(far));
    residual = residual.sub(image.mul(far));
    const rest = dot(residual, residual);
    direction = residual.add(direction.mul(rest.div(maximum(size, TINY))));
    size = rest;
  }
  return x;
}

/** The share of houses on the right side. */
export function accuracy(w: Tensor, x: Tensor, y: Tensor): Tensor {
  return predict(w, x).greater(0).equal(y.greater(0.5)).astype("float32").mean();
}

export async function train(
  { x, y }: Houses,
  { epochs, lr, isEager }: TrainOptions = defaults.newton,
  monitor: Monitor = silent,
): Promise<Tensor> {
  const step = isEager ? eager(update) : jit(update, { donate: [0] });
  let w = init(x.shape[1]);
  monitor.start(epochs);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const [next, value] = step(w, x, y, lr);
    w = next;
    await monitor.step(value);
  }
  await monitor.end(jit(loss)(w, x, y));
  return w;
}
