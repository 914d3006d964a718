import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { init, jit, type Tensor, tensor } from "./index.js";

const MB = 2 ** 20;
beforeAll(async () => {
  vi.stubEnv("WEFT_MEMORY_MB", "16");
  await init();
});
afterAll(() => vi.unstubAllEnvs());

test("out of memory empties the pool, then names the five largest tensors; smaller work goes on", async () => {
  const double = jit((x: Tensor) => x.mul(2));
  const idle = Array.from({ length: 3 }, () => tensor(new Float32Array(MB)));
  await Promise.all(idle.map((x) => x.data()));
  for (const x of idle) x.dispose();

  // Fits only into what the idle tensors held.
  const held = [6, 2, 1, 1, 1, 1].map((size) => tensor(new Float32Array((size * MB) / 4).fill(size)));
  expect((await held[0]!.data())[7]).toBe(6);

  const error: unknown = await double(held[0]!)
    .data()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "W4020", class: "device" });
  const notes = (error as { details: { notes: string[] } }).details.notes;
  expect(notes.map((note) => /held: (\d+ MiB)/.exec(note)?.[1])).toEqual([
    "6 MiB",
    "2 MiB",
    "1 MiB",
    "1 MiB",
    "1 MiB",
  ]);

  held[0]!.dispose();
  expect((await double(held[1]!).data())[7]).toBe(4);
});
