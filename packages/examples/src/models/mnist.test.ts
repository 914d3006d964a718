import { beforeAll, expect, test } from "vitest";
import { type LabelledImages, mnist, type Mnist, rows } from "weftjs";
import { LossLog } from "../training/loss-log.js";
import { defaults } from "./defaults.js";
import * as lenet from "./mnist-lenet.js";
import * as mlp from "./mnist-mlp.js";
import * as softmax from "./mnist-softmax.js";

let part: Mnist;

beforeAll(async () => {
  const { train, test } = await mnist();
  part = { train: first(train, 10_000), test: first(test, 2_000) };
});

function first({ x, y }: LabelledImages, count: number): LabelledImages {
  return { x: rows(x, 0, count), y: rows(y, 0, count) };
}

test("softmax regression learns from a sixth of MNIST in one epoch", async () => {
  const log = new LossLog();
  await softmax.train(part, { ...defaults.softmax, epochs: 1 }, log);
  await log.finish();
  expect(log.steps).toBe(100);
  expect(log.points.at(-1)!.loss).toBeLessThan(log.points[0]!.loss / 2);
  expect(log.heldOut[0]!.accuracy).toBeGreaterThan(0.82);
});

test("the perceptron learns from a sixth of MNIST in one epoch", async () => {
  const log = new LossLog();
  await mlp.train(part, { ...defaults.mlp, epochs: 1 }, log);
  await log.finish();
  expect(log.heldOut[0]!.accuracy).toBeGreaterThan(0.85);
});

test("LeNet learns ten digits", async () => {
  const log = new LossLog();
  const few = first(part.train, 10);
  await lenet.train({ train: few, test: few }, { ...defaults.lenet, batch: 10, epochs: 5 }, log);
  await log.finish();
  expect(log.points.at(-1)!.loss).toBeLessThan(log.points[0]!.loss / 2);
});

test("one seed gives one run, to the last bit", async () => {
  const losses = async (): Promise<unknown> => {
    const log = new LossLog();
    const small = { train: first(part.train, 500), test: first(part.test, 100) };
    await mlp.train(small, { ...defaults.mlp, epochs: 1 }, log);
    await log.finish();
    return log.points;
  };
  expect(await losses()).toEqual(await losses());
});
