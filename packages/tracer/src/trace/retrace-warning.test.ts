import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { init, jit, type Tensor, zeros } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));
afterEach(() => vi.restoreAllMocks());

test("a shape that keeps changing is said once, with the operand, its types, the line and how often", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const f = jit((scale: Tensor, x: Tensor) => x.mul(scale).sum(), { name: "wobbly" });
  for (let n = 1; n <= 30; n++) f(zeros([]), zeros([n]));
  expect(warn).toHaveBeenCalledTimes(1);
  const text = warn.mock.calls[0]![0] as string;
  expect(text).toMatch(/^weft: wobbly was traced 9 times; each new path is compiled\n/);
  expect(text).toMatch(
    /1×: operand 0 of multiply was f32\[1\], then f32\[2\] at retrace-warning\.test\.ts:9:/,
  );
  expect(text).toContain("hint: keep shapes equal");
});

test("a function with a handful of paths is left in peace", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const f = jit((x: Tensor) => x.sum());
  for (let k = 0; k < 40; k++) f(zeros([1 + (k % 8)]));
  expect(warn).not.toHaveBeenCalled();
});
