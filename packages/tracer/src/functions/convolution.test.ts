import { beforeAll, describe, expect, test } from "vitest";
import * as weft from "../index.js";
import { init, inspect, jit, type Tensor, tensor, valueAndGrad, vjp, zeros } from "../index.js";

// On whatever adapter this machine has, against plain loops.
beforeAll(async () => void (await init()));

type Pair = readonly [number, number];

/** A convolution as its definition says it: for channels first, one number an axis, padding spelt out. */
interface Plain {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly stride?: Pair;
  readonly low?: Pair;
  readonly high?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers without a pattern that a mistaken index could meet again. */
function numbers(shape: readonly number[], seed: number): Float32Array {
  return Float32Array.from(
    { length: size(shape) },
    (_, k) => Math.sin(k * 1.7 + seed * 2.3) + 0.1 * Math.cos(k * seed),
  );
}

const make = (shape: readonly number[], seed: number): Tensor => tensor(numbers(shape, seed), { shape });

/** Calls `visit` with the flat positions of every product of the convolution. */
function forEachProduct(
  { x, w, stride = [1, 1], low = [0, 0], high = [0, 0], dilation = [1, 1], groups = 1 }: Plain,
  visit: (at: { x: number; w: number; y: number }) => void,
): number[] {
  const [batch, channels, height, width] = x as [number, number, number, number];
  const [outputs, share, rows, columns] = w as [number, number, number, number];
  const countOf = (length: number, window: number, k: 0 | 1): number =>
    Math.floor((length + low[k] + high[k] - (window - 1) * dilation[k] - 1) / stride[k]) + 1;
  const [down, across] = [countOf(height, rows, 0), countOf(width, columns, 1)];
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < down; i++)
        for (let j = 0; j < across; j++)
          for (let c = 0; c < share; c++)
            for (let r = 0; r < rows; r++)
              for (let s = 0; s < columns; s++) {
                const row = i * stride[0] + r * dilation[0] - low[0];
                const column = j * stride[1] + s * dilation[1] - low[1];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const channel = Math.floor(o / (outputs / groups)) * share + c;
                visit({
                  x: ((n * channels + channel) * height + row) * width + column,
                  w: ((o * share + c) * rows + r) * columns + s,
                  y: ((n * outputs + o) * down + i) * across + j,
                });
              }
  return [batch, outputs, down, across];
}

/** The result and, for the cotangent that `numbers(…, 3)` is, both gradients. */
function plainly(plain: Plain): Record<"y" | "dx" | "dw", Float64Array> & { shape: number[] } {
  const shape = forEachProduct(plain, () => undefined);
  const [x, w, ct] = [numbers(plain.x, 1), numbers(plain.w, 2), numbers(shape, 3)];
  const y = new Float64Array(size(shape));
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  forEachProduct(plain, (at) => {
    y[at.y]! += x[at.x]! * w[at.w]!;
    dx[at.x]! += ct[at.y]! * w[at.w]!;
    dw[at.w]! += ct[at.y]! * x[at.x]!;
  });
  return { y, dx, dw, shape };
}

async function expectClose(got: Tensor, wanted: ArrayLike<number>): Promise<void> {
  const data = await got.data();
  expect(data.length).toBe(wanted.length);
  const wrong = [...data].filter(
    (value, i) => !(Math.abs(value - wanted[i]!) <= 1e-4 * (1 + Math.abs(wanted[i]!))),
  );
  expect(wrong).toEqual([]);
}

const toLast = (x: Tensor): Tensor => x.transpose([0, 2, 3, 1]);
const toFirst = (x: Tensor): Tensor => x.transpose([0, 3, 1, 2]);

const cases: Record<string, Plain & { readonly options?: weft.Conv2dOptions }> = {
  "one pixel each": { x: [2, 3, 4, 5], w: [4, 3, 1, 1] },
  "3 × 3 windows": { x: [2, 3, 7, 5], w: [4, 3, 3, 3] },
  "windows longer than wide": { x: [1, 2, 6, 7], w: [3, 2, 5, 2] },
  "a stride": { x: [2, 2, 9, 8], w: [3, 2, 3, 2], stride: [2, 3], options: { stride: [2, 3] } },
  "windows side by side": { x: [2, 3, 7, 8], w: [4, 3, 2, 2], stride: [2, 2], options: { stride: 2 } },
  "single pixels with a stride": { x: [2, 3, 7, 8], w: [4, 3, 1, 1], stride: [2, 2], options: { stride: 2 } },
  "a padding": { x: [1, 2, 5, 4], w: [3, 2, 3, 3], low: [1, 2], high: [1, 2], options: { padding: [1, 2] } },
  "a padding of four numbers": {
    x: [1, 2, 5, 4],
    w: [3, 2, 3, 3],
    low: [2, 0],
    high: [1, 3],
    options: { padding: [[2, 1], [0, 3]] }, // prettier-ignore
  },
  'padding "same"': {
    x: [2, 2, 5, 6],
    w: [3, 2, 3, 4],
    low: [1, 1],
    high: [1, 2],
    options: { padding: "same" },
  },
  'padding "same" with a stride': {
    x: [1, 2, 7, 6],
    w: [3, 2, 3, 3],
    low: [1, 0],
    high: [1, 1],
    stride: [2, 2],
    options: { padding: "same", stride: 2 },
  },
  "a dilation": { x: [1, 2, 9, 8], w: [3, 2, 3, 2], dilation: [2, 3], options: { dilation: [2, 3] } },
  "all of it": {
    x: [2, 4, 9, 7],
    w: [6, 2, 3, 2],
    stride: [2, 1],
    low: [2, 1],
    high: [2, 1],
    dilation: [2, 1],
    groups: 2,
    options: { stride: [2, 1], padding: [2, 1], dilation: [2, 1], groups: 2 },
  },
  "each channel by itself": { x: [2, 4, 5, 5], w: [8, 1, 3, 3], groups: 4, options: { groups: 4 } },
};

describe("conv2d, its gradients and convTranspose2d are what plain loops give, with", () => {
  for (const [what, { options = {}, ...plain }] of Object.entries(cases)) {
    test(what, async () => {
      const { y, dx, dw, shape } = plainly(plain);
      const ct = make(shape, 3);
      for (const layout of ["NCHW", "NHWC"] as const) {
        const both = (x: Tensor, w: Tensor, ct: Tensor): Tensor[] => {
          const f = (x: Tensor, w: Tensor): Tensor =>
            layout === "NCHW" ? x.conv2d(w, options) : toFirst(toLast(x).conv2d(w, { ...options, layout }));
          const [out, pullback] = vjp(f, x, w);
          return [out, ...pullback(ct)];
        };
        const [out, gx, gw] = jit(both)(make(plain.x, 1), make(plain.w, 2), ct) as [Tensor, Tensor, Tensor];
        expect(out.shape).toEqual(shape);
        await expectClose(out, y);
        await expectClose(gx, dx);
        await expectClose(gw, dw);
      }
    });
  }
});

describe("convTranspose2d is the gradient of conv2d, with", () => {
  // "same" may begin elsewhere: it depends on which side the length is known of.
  const fitting = Object.entries(cases).filter(([, { options }]) => options?.padding !== "same");
  for (const [what, { options = {}, ...plain }] of fitting) {
    test(what, async () => {
      const { dx, shape } = plainly(plain);
      const lengths = plain.x.slice(2);
      for (const layout of ["NCHW", "NHWC"] as const) {
        const f = (ct: Tensor, w: Tensor): Tensor =>
          layout === "NCHW"
            ? ct.convTranspose2d(w, options)
            : toFirst(toLast(ct).convTranspose2d(w, { ...options, layout }));
        const back = jit(f)(make(shape, 3), make(plain.w, 2));
        // What the last window does not reach is not there.
        const reached = back.pad([[0, 0], [0, 0], ...lengths.map((length, k) => [0, length - back.shape[2 + k]!] as const)]); // prettier-ignore
        await expectClose(reached, dx);
      }
    });
  }

  test('padding "same", "valid" and none in the sizes they give', () => {
    const [x, w] = [zeros([1, 2, 5, 4]), zeros([2, 3, 3, 2])];
    const shapeOf = (options: weft.Conv2dOptions): readonly number[] => x.convTranspose2d(w, options).shape;
    expect(shapeOf({ stride: 2, padding: "same" })).toEqual([1, 3, 10, 8]);
    expect(shapeOf({ stride: 2, padding: "valid" })).toEqual([1, 3, 11, 8]);
    expect(shapeOf({ stride: 3, padding: "valid" })).toEqual([1, 3, 15, 12]);
    expect(shapeOf({ stride: 3 })).toEqual([1, 3, 15, 11]);
    expect(shapeOf({ stride: 2, padding: 1 })).toEqual([1, 3, 9, 6]);
  });

  test("windows that tile, which is a reshape", async () => {
    const y = jit((x: Tensor, w: Tensor) => x.convTranspose2d(w, { stride: [2, 1] }))(
      tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2] }),
      tensor([1, 10], { shape: [1, 1, 2, 1] }),
    );
    expect(await y.toArray()).toEqual([[[[1, 2], [10, 20], [3, 4], [30, 40]]]]); // prettier-ignore
  });
});

test("conv1d is conv2d with one row, in both layouts", async () => {
  const [x, w] = [make([2, 3, 9], 1), make([4, 3, 3], 2)];
  const options = { stride: 2, padding: [[2, 1]], dilation: 2 } as const;
  const [wanted] = [x.expandDims(2).conv2d(w.expandDims(2), { ...options, stride: [1, 2], padding: [[0, 0], [2, 1]], dilation: [1, 2] })]; // prettier-ignore
  await expectClose(x.conv1d(w, options), await wanted.data());
  const last = x.swapaxes(1, 2).conv1d(w, { ...options, layout: "NWC" });
  await expectClose(last.swapaxes(1, 2), await wanted.data());
});

test("a bias is added to each channel, and integers become float32", async () => {
  const x = tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2], dtype: "int32" });
  const w = tensor([1, 2], { shape: [2, 1, 1, 1] });
  const bias = tensor([10, 20]);
  const wanted = [[[[11, 12], [13, 14]], [[22, 24], [26, 28]]]]; // prettier-ignore
  expect(await x.conv2d(w, { bias }).toArray()).toEqual(wanted);
  const last = toLast(x).conv2d(w, { bias, layout: "NHWC" });
  expect(await toFirst(last).toArray()).toEqual(wanted);
  const transposed = x.convTranspose2d(w.transpose([1, 0, 2, 3]), { bias });
  expect(await transposed.toArray()).toEqual(wanted);
});

test("an empty batch gives an empty result", async () => {
  const y = jit((x: Tensor, w: Tensor) => x.conv2d(w).relu())(zeros([0, 2, 5, 5]), zeros([3, 2, 3, 3]));
  expect(y.shape).toEqual([0, 3, 3, 3]);
  expect(await y.data()).toEqual(new Float32Array(0));
});

describe("pooling", () => {
  const x = (): Tensor =>
    tensor([[[[1, 5, 2, 0, 3], [4, 3, 9, 1, 1], [7, 7, 0, -2, -1], [0, 7, -5, -4, -3]]]]); // prettier-ignore

  type Pool = "maxPool2d" | "avgPool2d";
  const overhang = { size: 2, stride: [2, 4], padding: [[0, 0], [1, 1]] } as const; // prettier-ignore
  // prettier-ignore
  const expected: Record<string, readonly [Pool, weft.AvgPool2dOptions, number[][]]> = {
    "the largest of blocks, dropping what is left over": ["maxPool2d", { size: 2 }, [[5, 9], [7, 0]]],
    "the largest of windows that overlap": [
      "maxPool2d", { size: [3, 2], stride: 1 }, [[7, 9, 9, 3], [7, 9, 9, 1]],
    ],
    "the largest beside a padding that never wins": ["maxPool2d", overhang, [[4, 3], [7, -1]]],
    'the largest with padding "same"': ["maxPool2d", { size: 2, padding: "same" }, [[5, 9, 3], [7, 0, -1]]],
    "the mean of blocks": ["avgPool2d", { size: 2 }, [[3.25, 3], [5.25, -2.75]]],
    "the mean with padding counted": ["avgPool2d", overhang, [[1.25, 1.25], [1.75, -2.5]]],
    "the mean with padding left out": [
      "avgPool2d", { ...overhang, countIncludePad: false }, [[2.5, 1.25], [3.5, -2.5]],
    ],
  };
  for (const [what, [pool, options, wanted]] of Object.entries(expected)) {
    test(`gives ${what}, in both layouts`, async () => {
      expect(await jit((x: Tensor) => x[pool](options))(x()).toArray()).toEqual([[wanted]]);
      const last = jit((x: Tensor) => toFirst(toLast(x)[pool]({ ...options, layout: "NHWC" })));
      expect(await last(x()).toArray()).toEqual([[wanted]]);
    });
  }

  test("shares the gradient of the largest evenly among equal ones", async () => {
    const [, g] = valueAndGrad((x: Tensor) => x.maxPool2d({ size: 2, padding: "same" }).sum())(x());
    expect(await g.toArray()).toEqual([[[
      [0, 1, 0, 0, 1],
      [0, 0, 1, 0, 0],
      [1 / 3, 1 / 3, 1, 0, 1],
      [0, 1 / 3, 0, 0, 0],
    ].map((row) => row.map(Math.fround))]]); // prettier-ignore
  });

  test("lets NaN through, and integers stay integers", async () => {
    const y = tensor([1, NaN, 3, 4], { shape: [1, 1, 1, 4] }).maxPool2d({ size: [1, 2] });
    expect(await y.toArray()).toEqual([[[[NaN, 4]]]]);
    const whole = tensor([-7, -8], { shape: [1, 1, 1, 2], dtype: "int32" });
    const padded = whole.maxPool2d({ size: [1, 2], padding: [[0, 0], [1, 1]] }); // prettier-ignore
    expect([padded.dtype, await padded.toArray()]).toEqual(["int32", [[[[-7, -8]]]]]);
  });

  test("is undone by unpool", async () => {
    const small = make([2, 3, 2, 3], 1);
    const large = small.unpool({ size: [2, 3] });
    expect(large.shape).toEqual([2, 3, 4, 9]);
    await expectClose(large.maxPool2d({ size: [2, 3] }), await small.data());
    await expectClose(large.avgPool2d({ size: [2, 3] }), await small.data());
    const last = toLast(small).unpool({ size: [2, 3], layout: "NHWC" });
    await expectClose(toFirst(last), await large.data());
  });
});

describe("one call takes", () => {
  const dispatchesOf = async <F extends weft.AnyFunction>(f: F, ...args: Parameters<F>): Promise<number> =>
    (await inspect(f, ...args)).dispatches;

  // The windows are the matrix product's index map, bias and activation its epilogue, and so is the result's transpose.
  test("1 dispatch for a convolution, with bias and relu too, in both layouts", async () => {
    for (const layout of ["NCHW", "NHWC"] as const) {
      const bare = (x: Tensor, w: Tensor): Tensor => x.conv2d(w, { padding: 1, layout });
      const full = (x: Tensor, w: Tensor, bias: Tensor): Tensor =>
        x.conv2d(w, { bias, padding: 1, layout }).relu();
      const x = zeros(layout === "NCHW" ? [2, 3, 8, 8] : [2, 8, 8, 3]);
      expect(await dispatchesOf(bare, x, zeros([6, 3, 3, 3]))).toBe(1);
      expect(await dispatchesOf(full, x, zeros([6, 3, 3, 3]), zeros([6]))).toBe(1);
    }
  });

  test("1 for a pool, and 1 for its gradient where windows do not overlap", async () => {
    const pool = (x: Tensor): Tensor => x.maxPool2d({ size: 2 });
    expect(await dispatchesOf(pool, zeros([2, 3, 8, 8]))).toBe(1);
    const g = weft.grad((x: Tensor, w: Tensor) => pool(x).mul(w).sum());
    expect(await dispatchesOf(g, zeros([2, 3, 8, 8]), zeros([2, 3, 4, 4]))).toBe(1);
  });
});

const code = (code: string): unknown => expect.objectContaining({ code });
const image = (): Tensor => zeros([1, 4, 5, 5]);
const refusals: Record<string, readonly [code: string, call: () => unknown]> = {
  "an image without a batch": ["W2120", () => zeros([4, 5, 5]).conv2d(zeros([2, 4, 3, 3]))],
  "weights of another rank": ["W2120", () => image().conv2d(zeros([2, 4, 3]))],
  "other channels": ["W2121", () => image().conv2d(zeros([2, 3, 3, 3]))],
  "groups that do not divide": ["W2121", () => image().conv2d(zeros([3, 2, 3, 3]), { groups: 2 })],
  "weights of a transposed convolution the wrong way round": [
    "W2121",
    () => image().convTranspose2d(zeros([2, 4, 3, 3])),
  ],
  "a bias of another size": ["W2121", () => image().conv2d(zeros([2, 4, 3, 3]), { bias: zeros([3]) })],
  "a stride of 0": ["W2122", () => image().conv2d(zeros([2, 4, 3, 3]), { stride: 0 })],
  "a stride for three axes": ["W2122", () => image().conv2d(zeros([2, 4, 3, 3]), { stride: [1, 1, 1] })],
  "a negative padding": ["W2122", () => image().conv2d(zeros([2, 4, 3, 3]), { padding: -1 })],
  "a padding by another name": [
    "W2122",
    () => image().conv2d(zeros([2, 4, 3, 3]), { padding: "SAME" as never }),
  ],
  "a layout that is none": ["W2122", () => image().maxPool2d({ size: 2, layout: "CHWN" as never })],
  "a pool's padding as large as its window": ["W2122", () => image().maxPool2d({ size: 2, padding: 2 })],
  "a window that does not fit": ["W2123", () => image().conv2d(zeros([2, 4, 3, 3]), { dilation: 3 })],
  "a padding that leaves nothing": [
    "W2123",
    () => image().convTranspose2d(zeros([4, 2, 1, 1]), { padding: 3 }),
  ],
};

describe("is refused:", () => {
  for (const [what, [expected, call]] of Object.entries(refusals)) {
    test(`${what} (${expected}), and where is said`, () => {
      expect(call).toThrow(code(expected));
      expect(call).toThrow(/convolution\.test\.ts:\d+:\d+/);
    });
  }
});
