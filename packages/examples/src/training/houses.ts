import { housing, tensor, type Tensor } from "weftjs";

/** Housing as a question of two answers. */
export interface Houses {
  /** [rows, 13] z-scores. */
  readonly x: Tensor;
  /** [rows]: 1 where the price is above the median, else 0. */
  readonly y: Tensor;
}

/** @throws W5001, W5003 as `housing` does. */
export async function loadHouses(): Promise<Houses> {
  const { x, y } = await housing();
  const median = y.data.toSorted()[Math.floor(y.data.length / 2)]!;
  const isDear = Float32Array.from(y.data, (price) => Number(price > median));
  return { x: tensor(x.data, { shape: x.shape }), y: tensor(isDear) };
}
