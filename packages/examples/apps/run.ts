import { jit, mse, tensor, type Tensor } from "weftjs/math";
import { newton, predict, step } from "./model.js";

/** Numbers without a random generator, so that every host starts from the same ones. */
function waves(rows: number, columns: number, scale: number): Tensor {
  const row = (i: number): number[] =>
    Array.from({ length: columns }, (_, j) => scale * Math.sin(i + 2 * j + 1));
  return tensor(Array.from({ length: rows }, (_, i) => row(i)));
}

/** The loss of a small network before each of a few steps, and √2 from two starts: the loop runs on the device. */
export async function losses(steps: number): Promise<number[]> {
  let w = [waves(8, 3, 0.5), waves(8, 1, 0.1), waves(2, 8, 0.5), waves(2, 1, 0.1)];
  const [x, y] = [waves(3, 16, 1), waves(2, 16, 2)];
  const seen: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    seen.push(mse(predict(w, x), y));
    w = step(w, x, y, 0.05);
  }
  const root = jit(newton);
  seen.push(root(tensor(1)), root(tensor(40)));
  return Promise.all(seen.map((loss) => loss.item()));
}
