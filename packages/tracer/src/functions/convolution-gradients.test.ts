import { beforeAll, expect, test } from "vitest";
import {
  conv1d,
  conv2d,
  convTranspose2d,
  avgPool2d,
  grad,
  init,
  maxPool2d,
  type Tensor,
  tensor,
  unpool,
} from "../index.js";

// In float64, on the interpreter, against central differences.
beforeAll(async () => void (await init({ device: "cpu" })));

const make = (shape: readonly number[], seed: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, k) => Math.sin(k * 1.3 + seed)),
    { shape, dtype: "float64" },
  );
};

/** Largest distance between the gradient of a weighted sum of `f` and central differences, over all arguments. */
async function gap(f: (...args: Tensor[]) => Tensor, args: readonly Tensor[]): Promise<number> {
  const loss = (...args: Tensor[]): Tensor => {
    const y = f(...args);
    return y.mul(make(y.shape, 9)).sum();
  };
  let largest = 0;
  for (const [k, arg] of args.entries()) {
    const analytic = await grad(loss, k)(...args).data();
    const data = await arg.data();
    for (let i = 0; i < data.length; i++) {
      const at = async (step: number): Promise<number> => {
        const moved = Float64Array.from(data).with(i, data[i]! + step);
        const others = args.with(k, tensor(moved, { shape: arg.shape, dtype: "float64" }));
        return loss(...others).item();
      };
      const difference = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
      largest = Math.max(largest, Math.abs(difference - analytic[i]!));
    }
  }
  return largest;
}

const options = { stride: [2, 1], padding: [[1, 0], [2, 1]], dilation: [1, 2], groups: 2 } as const; // prettier-ignore

const functions: Record<string, readonly [(...args: Tensor[]) => Tensor, readonly (readonly number[])[]]> = {
  conv1d: [(x, w) => conv1d(x!, w!, { stride: 2, padding: 1 }), [[1, 2, 5], [2, 2, 3]]], // prettier-ignore
  conv2d: [(x, w, bias) => conv2d(x!, w!, { ...options, bias: bias! }), [[1, 4, 4, 3], [2, 2, 2, 2], [2]]], // prettier-ignore
  "conv2d with channels last": [
    (x, w) => conv2d(x!, w!, { ...options, layout: "NHWC" }),
    [[1, 4, 3, 4], [2, 2, 2, 2]], // prettier-ignore
  ],
  convTranspose2d: [(x, w) => convTranspose2d(x!, w!, options), [[1, 2, 2, 3], [2, 2, 2, 2]]], // prettier-ignore
  "maxPool2d of blocks": [(x) => maxPool2d(x!, { size: 2 }), [[1, 2, 5, 4]]],
  "maxPool2d of windows that overlap": [
    (x) => maxPool2d(x!, { size: 3, stride: 2, padding: 1 }),
    [[1, 1, 5, 4]],
  ],
  avgPool2d: [
    (x) => avgPool2d(x!, { size: 3, stride: 2, padding: 1, countIncludePad: false }),
    [[1, 1, 5, 4]],
  ],
  unpool: [(x) => unpool(x!, { size: [2, 3] }), [[1, 2, 2, 2]]],
};

test.each(Object.entries(functions))(
  "the gradient of %s agrees with central differences",
  async (_, [f, shapes]) => {
    expect(await gap(f, shapes.map(make))).toBeLessThan(1e-7);
  },
);

test("a gradient of the gradient of a convolution does, too", async () => {
  const slope = grad((x: Tensor, w: Tensor) => conv2d(x, w, { stride: 2, padding: 1 }).square().sum());
  expect(await gap(slope as never, [make([1, 2, 4, 3], 1), make([2, 2, 2, 3], 2)])).toBeLessThan(1e-6);
});
