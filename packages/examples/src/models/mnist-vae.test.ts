import { expect, test } from "vitest";
import { mnist, random, rows, tensor, type Tensor } from "weftjs";
import { LossLog } from "../training/loss-log.js";
import { defaults } from "./defaults.js";
import * as vae from "./mnist-vae.js";

test("a short training lowers the bound, held out as well, and draws images of pixels", async () => {
  const { train, test } = await mnist();
  const part = {
    train: { x: rows(train.x, 0, 400), y: rows(train.y, 0, 400) },
    test: { x: rows(test.x, 0, 50), y: rows(test.y, 0, 50) },
  };
  const log = new LossLog();
  const options = { ...defaults.vae, epochs: 5, batch: 50, lr: 5e-3 };
  const params = await vae.train(part, options, log, vae.init(32, 1));
  await log.finish();
  const [first, last] = [log.points[0]!.loss, log.points.at(-1)!.loss];
  expect(last).toBeLessThan(first / 2);
  expect(log.heldOut.at(-1)!.loss).toBeLessThan(260);

  const digits = vae.generate(params, { generate: 3, seed: 1 });
  expect(digits.shape).toEqual([3, 784]);
  expect((await digits.data()).every((value) => value >= 0 && value <= 1)).toBe(true);
});

test("the description costs what its divergence from noise is", async () => {
  const params = vae.init(8, 1);
  const x = tensor(new Float32Array(784).fill(0.5), { shape: [1, 784] });
  const plain = (t: Tensor): Promise<number[]> => t.data().then((data) => Array.from(data));
  const [mean, logVariance] = await Promise.all(vae.encode(params, x).map(plain));
  const divergence = mean!.reduce((sum, m, i) => {
    const v = logVariance![i]!;
    return sum + 0.5 * (Math.exp(v) + m * m - 1 - v);
  }, 0);
  const key = random.key(3);
  const noise = await plain(random.normal(key, [1, mean!.length]));
  const code = mean!.map((m, i) => m + Math.exp(logVariance![i]! / 2) * noise[i]!);
  const logits = await plain(vae.decode(params, tensor([code])));
  const drawing = logits.reduce((sum, l) => sum + Math.log1p(Math.exp(l)) - 0.5 * l, 0);
  expect(await vae.loss(params, x, key).item()).toBeCloseTo(drawing + divergence, 1);
});
