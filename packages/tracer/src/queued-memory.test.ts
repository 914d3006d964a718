import { expect, test } from "vitest";
import { init, jit, stats, type Tensor, zeros } from "./index.js";

// Alone in its file, and so in its process: what an earlier test left in the pool would count.
test("40 queued steps on 1 MB, none of them disposed, need at most 4 MB", async () => {
  await init();
  const step = jit((x: Tensor) => x.mul(1.01).add(1));
  let x = zeros([512, 512]);
  for (let i = 0; i < 40; i++) x = step(x);
  expect((await x.data())[0]).toBeGreaterThan(40);
  expect(stats().peakBytes).toBeLessThanOrEqual(4 << 20);
});
