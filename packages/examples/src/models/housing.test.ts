import { expect, test } from "vitest";
import { housing as loadHousing } from "weftjs";
import { LossLog } from "../training/loss-log.js";
import { defaults } from "./defaults.js";
import * as housing from "./housing.js";

const EXPECTED = [
  [0, 592.146917],
  [1, 367.477676],
  [10, 29.681731],
] as const;

test.each([false, true])("the losses are the known ones to six digits (eager: %s)", async (isEager) => {
  const log = new LossLog();
  await housing.train(await loadHousing(), { ...defaults.housing, isEager }, log);
  await log.finish();
  const losses = new Map(log.points.map(({ step, loss }) => [step, loss]));
  for (const [step, loss] of EXPECTED) expect(sixDigits(losses.get(step)!)).toBe(sixDigits(loss));
});

/** float32 holds seven digits; sums in another order move the last. */
function sixDigits(value: number): string {
  return value.toPrecision(6);
}

test("smaller batches take more steps an epoch and get nearer", async () => {
  const log = new LossLog();
  await housing.train(await loadHousing(), { ...defaults.housing, epochs: 2, batch: 100, lr: 0.05 }, log);
  await log.finish();
  expect(log.steps).toBe(10);
  expect(log.points.at(-1)!.loss).toBeLessThan(log.points[0]!.loss / 2);
});
