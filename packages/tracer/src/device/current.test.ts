import { afterEach, expect, test, vi } from "vitest";
import { init, zeros } from "../index.js";

afterEach(() => vi.unstubAllEnvs());

test("a device that does not exist is refused, and the next choice is free", async () => {
  vi.stubEnv("WEFT_DEVICE", "gpu");
  expect(() => zeros([2])).toThrow(expect.objectContaining({ code: "W4053" }));
  await expect(init()).rejects.toThrow(
    "error[W4053]: there is no device called gpu\n   = hint: WEFT_DEVICE is",
  );
  vi.stubEnv("WEFT_DEVICE", "cpu");
  expect(await init()).toEqual({ name: "cpu" });
  expect(await zeros([2]).toArray()).toEqual([0, 0]);
});
