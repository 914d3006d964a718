/**
 * Newton's method for logistic regression, as in `src/models/newton.ts`, with operators. The linear system is solved by
 * conjugate gradients, which end where nothing is left of the residual: that the device finds out.
 */
import { bceWithLogits, dot, hessian, matmul, valueAndGrad, zerosLike, type Tensor } from "weftjs/math";

/** x: [rows, features] → the logits of being dear: [rows]. */
export function predict(w: Tensor, x: Tensor): Tensor {
  return matmul(x, w.slice([0, -1])) + w[-1];
}

/** Keeps the weights finite where a plane separates the halves. */
const SHRINKAGE = 1e-3;

/** y: [rows], 1 for the dear. The mean, in nats, and a little for large weights. */
export function loss(w: Tensor, x: Tensor, y: Tensor): Tensor {
  return bceWithLogits(predict(w, x), y) + (SHRINKAGE / 2) * dot(w, w);
}

/** One step of Newton's method, or a part of it. Gives the new weights and the loss of the old ones. */
export function update(w: Tensor, x: Tensor, y: Tensor, part: number): [Tensor, Tensor] {
  const [value, slope] = valueAndGrad(loss)(w, x, y);
  const curvature = hessian(loss)(w, x, y);
  return [w - part * solve(curvature, slope), value];
}

/** The x with a·x = b, a: [n, n] symmetric with positive eigenvalues (Hestenes and Stiefel, 1952). */
export function solve(a: Tensor, b: Tensor): Tensor {
  let [x, residual, direction] = [zerosLike(b), b, b];
  let size = dot(residual, residual);
  const enough = 1e-14 * size;
  for (let i = 0; i < b.size; i++) {
    if (size <= enough) break;
    const image = matmul(a, direction);
    const far = size / dot(direction, image);
    x += far * direction;
    residual -= far * image;
    const rest = dot(residual, residual);
    direction = residual + (rest / size) * direction;
    size = rest;
  }
  return x;
}
