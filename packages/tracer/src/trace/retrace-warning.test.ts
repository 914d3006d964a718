import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { init, jit, type Tensor, zeros } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));
afterEach(() => void vi.restoreAllMocks());

function messages(): string[] {
  const texts: string[] = [];
  vi.spyOn(console, "warn").mockImplementation((text: string) => void texts.push(text));
  return texts;
}

test("a shape that keeps changing is said once, with the operand and the line", () => {
  const texts = messages();
  const f = jit(function model(x: Tensor) {
    return x.add(1);
  });
  for (let size = 1; size <= 20; size++) f(zeros([size]));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/^weft: model was traced 9 times/);
  expect(texts[0]).toMatch(/operand 0 of add was f32\[\d\], then f32\[\d\] at retrace-warning\.test\.ts:\d+/);
});

test("an attribute that keeps changing is named", () => {
  const texts = messages();
  const f = jit((x: Tensor, n: number) => x.reshape([n, -1]));
  for (let n = 1; n <= 12; n++) f(zeros([12 * n]), n);
  expect(texts).toHaveLength(1);
});

test("numbers that change are no storm", () => {
  const texts = messages();
  const f = jit((x: Tensor, n: number) => x.mul(n));
  for (let n = 1; n <= 20; n++) f(zeros([2]), n);
  expect(texts).toHaveLength(0);
});
