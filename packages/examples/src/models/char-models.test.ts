import { expect, test } from "vitest";
import { grad, jit, stats, tensor, type Tensor, tree } from "weftjs";
import { bookOf } from "../text/book.js";
import { LossLog } from "../training/loss-log.js";
import * as lstm from "./char-lstm.js";
import * as transformer from "./char-transformer.js";

const LENGTH = 6;
const HIDDEN = 16;

/** A text that a small model can learn by heart. */
const book = bookOf("the whale, the ship, the sea; ".repeat(40), LENGTH);
const size = book.characters.vocabulary.length;
const options = { epochs: 6, batch: 20, lr: 2e-2, seed: 1, isEager: false };
const writing = { generate: 20, temperature: 0.1, seed: 1 };

/** Milliseconds: on a busy machine a software adapter takes half a minute to compile each model. */
const PATIENCE = 150_000;

const models = {
  lstm: { ...lstm, start: () => lstm.init(size, HIDDEN, 1) },
  transformer: { ...transformer, start: () => transformer.init(size, LENGTH, HIDDEN, 1, 1) },
};

async function written(classes: AsyncIterable<number>): Promise<string> {
  const all: number[] = [];
  for await (const one of classes) all.push(one);
  return book.characters.decode(all);
}

test(
  "the LSTM starts at the entropy of its vocabulary, learns a sentence and writes its words",
  async () => {
    const log = new LossLog();
    const params = await lstm.train(book, options, log, models.lstm.start());
    await log.finish();
    expect(log.points[0]!.loss).toBeCloseTo(Math.log(size), 0);
    expect(log.heldOut.at(-1)!.loss).toBeLessThan(1.9);
    expect(await written(lstm.generate(params, writing))).toContain("the ");
  },
  PATIENCE,
);

test(
  "the transformer starts at the entropy of its vocabulary, learns a sentence and writes its words",
  async () => {
    const log = new LossLog();
    const params = await transformer.train(book, options, log, models.transformer.start());
    await log.finish();
    expect(log.points[0]!.loss).toBeCloseTo(Math.log(size), 1);
    expect(log.heldOut.at(-1)!.loss).toBeLessThan(1.9);
    const before = stats().traces;
    expect(await written(transformer.generate(params, writing))).toContain("the ");
    // One for the first character, one for all others: where the last one stands is a number from then on.
    expect(stats().traces - before).toBeLessThanOrEqual(2);
  },
  PATIENCE,
);

test.each(["lstm", "transformer"] as const)(
  "the gradient of the %s is finite and reaches every weight",
  async (name) => {
    const { loss, start } = models[name];
    const x = tensor(book.train.x.data.slice(0, LENGTH), { shape: [1, LENGTH] });
    const y = tensor(book.train.y.data.slice(0, LENGTH), { shape: [1, LENGTH] });
    const f = loss as (params: unknown, x: Tensor, y: Tensor) => Tensor; // of either model's own parameters
    const slopes = tree.flatten(jit(grad(f))(start(), x, y)).leaves as Tensor[];
    for (const slope of slopes) {
      const values = await slope.data();
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values.some((value) => value !== 0)).toBe(true);
    }
  },
);

test("what the transformer foretells depends on nothing that comes later", async () => {
  const params = models.transformer.start();
  const predict = jit(transformer.predict);
  const row = Int32Array.from({ length: LENGTH }, (_, i) => i % size);
  const logits = async (last: number): Promise<number[]> => {
    const x = tensor(row.with(-1, last), { shape: [1, LENGTH] });
    return Array.from(await predict(params, x).slice(0, [0, -1]).data());
  };
  expect(await logits(0)).toEqual(await logits(3));
});

test("one seed writes one text", async () => {
  const params = models.lstm.start();
  const text = await written(lstm.generate(params, { ...writing, temperature: 1 }));
  expect(text).toHaveLength(writing.generate);
  expect(await written(lstm.generate(params, { ...writing, temperature: 1 }))).toBe(text);
  expect(await written(lstm.generate(params, { ...writing, temperature: 1, seed: 2 }))).not.toBe(text);
});
