import { beforeAll, expect, test } from "vitest";
import { init, jit, random, sync, type Tensor, tensor, valueAndGrad } from "../index.js";

/** The device in use, which the test holds too, so that it can do harm. */
let device: GPUDevice;

/** Every device that is opened from here on is remembered. */
beforeAll(async () => {
  const { Runtime } = await import("@weftjs/runtime");
  const first = new Runtime({ quiet: true });
  await first.ready();
  first.destroy();
  const [gpu] = (globalThis as unknown as { [held: symbol]: [GPU] })[Symbol.for("weft.webgpu")]!;
  const prototype = Object.getPrototypeOf(gpu) as GPU;
  const { requestAdapter } = prototype;
  prototype.requestAdapter = async function (this: GPU, options) {
    const adapter = (await requestAdapter.call(this, options))!;
    const requestDevice = adapter.requestDevice.bind(adapter);
    return Object.assign(adapter, {
      requestDevice: async (wanted?: GPUDeviceDescriptor) => (device = await requestDevice(wanted)),
    });
  };
  await init();
});

const LOSSES = Number(process.env["WEFT_TEST_LOSSES"] ?? 6);
const STEPS = 8 * LOSSES;
const shape = [4, 3];
const start = Float32Array.from({ length: 12 }, (_, k) => Math.sin(k));

const loss = (w: Tensor, x: Tensor): Tensor => x.matmul(w).tanh().square().mean();
const step = jit((w: Tensor, i: number) => {
  const x = random.normal(random.foldIn(random.key(1), i), [8, 4]);
  const [value, slope] = valueAndGrad(loss)(w, x);
  return [w.sub(slope.mul(0.1)), value] as const;
});

/** Trains, saving the weights on the host every third step; where the device is lost, goes on from there. */
async function train(isLostAt: (i: number) => boolean): Promise<{ weights: Float32Array; losses: number }> {
  let saved: { step: number; weights: Float32Array } = { step: 0, weights: start };
  let weights = tensor(start, { shape });
  let losses = 0;
  const lostAlready = new Set<number>();
  for (let i = 0; i < STEPS; i++) {
    try {
      [weights] = step(weights, i);
      if (isLostAt(i) && !lostAlready.has(i)) {
        lostAlready.add(i);
        if (i % 2 === 0) await sync(); // In the middle of a step, and between two.
        device.destroy();
      }
      if (i % 3 === 0) saved = { step: i + 1, weights: (await weights.data()) as Float32Array };
    } catch (error) {
      expect(error).toMatchObject({ code: "W4010", class: "device" });
      losses++;
      await init();
      weights = tensor(saved.weights, { shape });
      i = saved.step - 1;
    }
  }
  return { weights: (await weights.data()) as Float32Array, losses };
}

test("a training that loses its device again and again ends with the bits of one that does not", async () => {
  const undisturbed = await train(() => false);
  expect(undisturbed.losses).toBe(0);
  // One in each eight steps, at any of five places: it shows before the next is due.
  let seed = 7;
  const roll = (): number => (seed = (seed * 48271) % 2147483647) % 5;
  const places = new Set(Array.from({ length: LOSSES }, (_, k) => 8 * k + roll()));
  const disturbed = await train((i) => places.has(i));
  expect(disturbed.losses).toBe(LOSSES);
  expect(disturbed.weights).toEqual(undisturbed.weights);
});

test("what the lost device held stays lost, and says so on the new one", async () => {
  const kept = tensor([1, 2, 3]);
  const pending = kept.add(1);
  await sync();
  device.destroy();
  await expect(pending.data()).rejects.toMatchObject({ code: "W4010" });
  expect(() => kept.add(1)).toThrow(expect.objectContaining({ code: "W4010" }));
  await init();
  await expect(kept.data()).rejects.toMatchObject({ code: "W4010" });
  await expect(kept.add(1).data()).rejects.toMatchObject({ code: "W4010" });
  kept.dispose();
  pending.dispose();
  expect(await tensor([1]).add(1).item()).toBe(2);
});

test("devices that are lost before they do anything are not asked for without end: W4012", async () => {
  for (let k = 0; k < 3; k++) {
    device.destroy();
    await expect(sync()).rejects.toMatchObject({ code: "W4010" });
    await init();
  }
  device.destroy();
  await expect(sync()).rejects.toMatchObject({ code: "W4010" });
  await expect(init()).rejects.toMatchObject({ code: "W4012" });
});
