import { beforeAll, expect, test } from "vitest";
import { init, jit, matmul, relu, stats, sync, type Tensor, tensor, tidy, zeros } from "../index.js";

beforeAll(async () => void (await init()));

test("stats counts live tensors, which dispose and tidy bring down", async () => {
  const before = stats().liveTensors;
  const kept = tensor([1, 2]);
  tensor([3]).dispose();
  const result = tidy(() => kept.add(1).mul(2).sum());
  expect(stats().liveTensors).toBe(before + 2);
  kept.dispose();
  kept.dispose();
  result.dispose();
  expect(stats().liveTensors).toBe(before);
});

test("a compiled step brings its counts with it", async () => {
  const step = jit((x: Tensor, w: Tensor) => relu(matmul(x, w)));
  const [x, w] = [zeros([4, 3]), zeros([3, 2])];
  step(x, w).dispose();
  await sync();
  const before = stats();
  step(x, w).dispose();
  await sync();
  const after = stats();
  expect(after.dispatches - before.dispatches).toBe(1);
  expect(after.submits - before.submits).toBe(1);
  expect(after.replays - before.replays).toBe(1);
  for (const still of ["buffersCreated", "bindGroupsCreated", "pipelinesCreated", "traces"] as const) {
    expect(after[still], still).toBe(before[still]);
  }
  expect(after.liveBytes).toBe(before.liveBytes);
  expect(after.poolBytes).toBeGreaterThanOrEqual(after.liveBytes);
});
