import { beforeAll, expect, test } from "vitest";
import {
  arctan2,
  asinh,
  clip,
  elu,
  gelu,
  grad,
  hardSwish,
  init,
  mod,
  norm,
  prod,
  relu6,
  selu,
  std,
  sum,
  type Tensor,
  tensor,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** The gradient of the sum of what `f` gives, at these values. */
async function slopes(f: (x: Tensor) => Tensor, at: number[]): Promise<unknown> {
  return grad((x: Tensor) => sum(f(x)))(tensor(at)).toArray();
}

test("elu is smooth at 0, selu has the slope from below", async () => {
  expect(await slopes((x) => elu(x), [-0, 0])).toEqual([1, 1]);
  expect(await slopes((x) => selu(x), [0])).toEqual([Math.fround(1.0507009873554805 * 1.6732632423543772)]);
});

test("what clip leaves as it is has the gradient of x, at the bounds too", async () => {
  expect(await slopes((x) => clip(x, 0, 1), [-1, 0, 0.5, 1, 2])).toEqual([0, 1, 1, 1, 0]);
  expect(await slopes((x) => hardSwish(x), [-3, 3])).toEqual([-0.5, 1.5]);
});

test("relu6 is flat at both ends", async () => {
  expect(await slopes((x) => relu6(x), [0, 3, 6, 7])).toEqual([0, 1, 0, 0]);
});

test("clip keeps NaN, and takes it from a bound", async () => {
  expect(await clip(tensor([NaN, 2]), 0, 1).toArray()).toEqual([NaN, 1]);
  expect(await clip(tensor([0.5]), tensor(NaN), 1).toArray()).toEqual([NaN]);
  expect(await clip(tensor([5]), 2, 1).toArray()).toEqual([1]);
});

test("norm and std have gradient 0 where they are 0", async () => {
  expect(await slopes((x) => norm(x), [0, 0])).toEqual([0, 0]);
  expect(await slopes((x) => norm(x, { ord: 3 }), [0, 0])).toEqual([0, 0]);
  expect(await slopes((x) => std(x), [2, 2, 2])).toEqual([0, 0, 0]);
});

test("the second derivative of a product sees a single 0 among its elements", async () => {
  // Of a · b · c at b = 0: ∂²/∂a∂b = c, ∂²/∂b∂c = a, ∂²/∂a∂c = 0.
  const inDirection = (x: Tensor): Tensor => grad((y: Tensor) => prod(y))(x).mul(tensor([1, 10, 100]));
  expect(await slopes(inDirection, [2, 0, 3])).toEqual([30, 203, 20]);
});

test("the gradient of mod to its divisor is the quotient that left the remainder", async () => {
  // The float32 next to 0.1 is larger than 0.1: 9 of them go into 1, though 1 / 0.1 rounds to 10.
  const divisors = tensor([0.1, 3, -3]);
  const slope = grad((b: Tensor) => sum(mod(tensor([1, -5, 5]), b)))(divisors);
  expect(await slope.toArray()).toEqual([-9, 2, 2]);
});

test("arctan2 and asinh have gradients where squares of their operands are infinite or 0", async () => {
  const diagonal = (far: number): unknown => grad((y: Tensor) => arctan2(y, far))(tensor(far)).item();
  expect(await diagonal(1e30)).toBeCloseTo(0.5e-30, 36);
  expect(((await diagonal(1e-30)) as number) / 0.5e30).toBeCloseTo(1, 5);
  const [slope] = (await slopes((x) => asinh(x), [1e20])) as [number];
  expect(slope / 1e-20).toBeCloseTo(1, 5);
  const half = grad((x: Tensor) => sum(asinh(x)))(tensor([300, -300], { dtype: "float16" }));
  for (const one of await half.data()) expect(one).toBeCloseTo(1 / 300, 5);
});

test("the second derivatives of arctan2 and asinh are right with equal operands and at 1", async () => {
  const alongY = grad((y: Tensor) => grad((z: Tensor) => arctan2(z, 2))(y))(tensor(2));
  expect(await alongY.item()).toBeCloseTo(-1 / 8, 6); // -2xy / (x² + y²)²
  const bend = grad((x: Tensor) => grad((z: Tensor) => asinh(z))(x))(tensor(1));
  expect(await bend.item()).toBeCloseTo(-(2 ** -1.5), 6); // -x / (x² + 1)^(3/2)
});

test("gelu of float16 is straight where the cube in it is infinite", async () => {
  const far = tensor([50, -50, 300], { dtype: "float16" });
  const slope = grad((x: Tensor) => sum(gelu(x, { approximate: true })))(far);
  expect(await slope.toArray()).toEqual([1, 0, 1]);
});
