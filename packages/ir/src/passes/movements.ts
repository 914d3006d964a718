import { transpose } from "../ops/movement.js";
import { broadcastTo, reshape } from "../ops/stretch.js";
import { sameShape, type Shape, type ValueLike } from "../types.js";

// Movements for passes: as the ops, but nothing is recorded where nothing moves.

export function reshaped(x: ValueLike, shape: Shape): ValueLike {
  return sameShape(x.shape, shape) ? x : reshape(x, { shape });
}

export function broadcasted(x: ValueLike, shape: Shape): ValueLike {
  return sameShape(x.shape, shape) ? x : broadcastTo(x, { shape });
}

/** A reshape where only axes of size 1 move. */
export function transposed(x: ValueLike, perm: readonly number[]): ValueLike {
  const shape = perm.map((axis) => x.shape[axis]!);
  return keepsOrder(perm, x.shape) ? reshaped(x, shape) : transpose(x, { perm });
}

/** Whether all axes but those of size 1 stay in order, so that elements stay in row-major order too. */
export function keepsOrder(perm: readonly number[], shape: Shape): boolean {
  const moved = perm.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, k) => k === 0 || moved[k - 1]! < axis);
}

/** The shape with leading axes of size 1, up to `rank` axes. */
export function paddedShape(shape: Shape, rank: number): Shape {
  return [...Array<number>(rank - shape.length).fill(1), ...shape];
}
