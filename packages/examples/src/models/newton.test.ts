import { grad, jit, matmul, tensor } from "weftjs";
import { expect, test } from "vitest";
import { loadHouses } from "../training/houses.js";
import { LossLog } from "../training/loss-log.js";
import { defaults } from "./defaults.js";
import * as newton from "./newton.js";

test("eight steps reach the minimum: the loss settles to its last digits, the gradient vanishes", async () => {
  const { x, y } = await loadHouses();
  const log = new LossLog();
  const w = await newton.train({ x, y }, defaults.newton, log);
  await log.finish();
  const losses = log.points.map(({ loss }) => loss);
  expect(losses[0]).toBeCloseTo(Math.log(2), 5);
  expect(losses.at(-1)!).toBeCloseTo(0.281044, 5);
  expect(Math.abs(losses.at(-1)! - losses.at(-2)!)).toBeLessThan(1e-6);
  const slope = await jit(grad(newton.loss))(w, x, y).data();
  expect(Math.max(...Array.from(slope, Math.abs))).toBeLessThan(1e-5);
  expect(await newton.accuracy(w, x, y).item()).toBeGreaterThan(0.87);
});

test("solve inverts a product, and is 0 for 0", async () => {
  const a = tensor([
    [4, 1, 0],
    [1, 3, -1],
    [0, -1, 2],
  ]);
  const x = await newton.solve(a, matmul(a, tensor([1, -2, 3]))).data();
  [1, -2, 3].forEach((value, i) => expect(x[i]!).toBeCloseTo(value, 4));
  expect([...(await newton.solve(a, tensor([0, 0, 0])).data())]).toEqual([0, 0, 0]);
});
