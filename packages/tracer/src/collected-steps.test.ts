import { expect, test } from "vitest";
import { init, jit, stats, type Tensor, zeros } from "./index.js";

// Alone in its file, and so in its process: what an earlier test left in the pool would count.
test("a tiny step, called 20,000 times without dispose, takes no more memory than in its first 5,000 calls, and next to no bind groups", async () => {
  await init();
  const step = jit((w: Tensor, b: Tensor, x: Tensor) => [w.add(x.mul(0.5)), b.sub(x), x.sum()] as const);
  let [w, b, loss] = [zeros([8, 4]), zeros([8, 4]), zeros([])];
  const x = zeros([8, 4]).add(1);
  const run = async (calls: number): Promise<void> => {
    for (let k = 1; k <= calls; k++) {
      [w, b, loss] = step(w, b, x);
      if (k % 50 === 0) await loss.item();
    }
  };
  await run(5000);
  const warm = stats();
  await run(15_000);
  const after = stats();
  // What no collection has found yet is bounded by number, too.
  expect(warm.buffersCreated).toBeLessThan(6000);
  expect(after.buffersCreated - warm.buffersCreated).toBeLessThan(500);
  expect(after.poolBytes).toBeLessThan(1.5 * 2 ** 20);
  // A new one where the sequence of buffers starts again earlier or later than ever before.
  expect((after.bindGroupsCreated - warm.bindGroupsCreated) / 15_000).toBeLessThan(0.1);
  expect((await w.data())[5]).toBe(10_000);
});
