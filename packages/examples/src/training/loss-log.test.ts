import { expect, test } from "vitest";
import type { Tensor } from "weftjs";
import { LossLog } from "./loss-log.js";

/** All that a log asks of a tensor. */
function lossOf(value: number, reads: number[]): Tensor {
  const read = async (): Promise<number> => {
    reads.push(value);
    return value;
  };
  return { item: read } as Partial<Tensor> as Tensor;
}

async function readsOf(steps: number): Promise<{ log: LossLog; reads: number[] }> {
  const [log, reads] = [new LossLog(), [] as number[]];
  log.start(steps);
  for (let step = 0; step < steps; step++) await log.step(lossOf(step, reads));
  await log.finish();
  return { log, reads };
}

test("a short run is read step by step", async () => {
  const { log } = await readsOf(10);
  expect(log.points).toEqual(Array.from({ length: 10 }, (_, step) => ({ step, loss: step })));
});

test("a long run is read every 25 steps, and at its last", async () => {
  const { reads } = await readsOf(6000);
  expect(reads.slice(0, 3)).toEqual([0, 25, 50]);
  expect(reads.at(-1)).toBe(5999);
  expect(reads).toHaveLength(241);
});

test("the loss at the end counts as the one after the last step", async () => {
  const { log, reads } = await readsOf(3);
  await log.end(lossOf(7, reads));
  await log.finish();
  expect(log.points.at(-1)).toEqual({ step: 3, loss: 7 });
});

test("points keep their order where an earlier read answers later", async () => {
  const log = new LossLog();
  log.start(2);
  const slow = { item: () => new Promise((resolve) => setTimeout(resolve, 20, 1)) };
  const first = log.step(slow as Partial<Tensor> as Tensor);
  await Promise.all([first, log.step(lossOf(2, []))]);
  await log.finish();
  expect(log.points.map(({ step }) => step)).toEqual([0, 1]);
});

test("a read that fails rejects the next step", async () => {
  const log = new LossLog();
  log.start(3);
  const failing = { item: () => Promise.reject(new Error("lost")) };
  await log.step(failing as Partial<Tensor> as Tensor);
  await expect(log.step(lossOf(1, []))).rejects.toThrow("lost");
});
