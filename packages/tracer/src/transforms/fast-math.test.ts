import { beforeAll, expect, test } from "vitest";
import { init, inspect, jit, scaledDotProductAttention, softmax, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init()));

const f = (x: Tensor): Tensor => softmax(x.sin().maximum(x));
const x = (): Tensor => tensor([[0.5, -1, 2, 3]]);
const ours = /weft_(exp|sin|max)/;

test("fastMath takes the functions of WGSL, in this function alone", async () => {
  const fast = (await inspect(jit(f, { fastMath: true }), x())).wgsl;
  expect(fast).toMatch(/\bsin\(/);
  expect(fast).toMatch(/\bexp\(/);
  expect(fast).not.toMatch(ours);
  expect((await inspect(jit(f), x())).wgsl).toMatch(ours);
  const attend = (y: Tensor): Tensor => scaledDotProductAttention(y, y, y);
  expect((await inspect(jit(attend, { fastMath: true }), x())).wgsl).not.toMatch(ours);
});

test("fastMath holds for each set of static arguments, and gives the same but for the driver's errors", async () => {
  const power = (y: Tensor, n: number): Tensor => f(y).mul(n);
  const fast = jit(power, { fastMath: true, static: 1 });
  expect((await inspect(fast, x(), 3)).wgsl).not.toMatch(ours);
  const [got, wanted] = [await fast(x(), 3).data(), await power(x(), 3).data()];
  for (const [k, value] of wanted.entries()) expect(got[k]).toBeCloseTo(value as number, 2);
});
