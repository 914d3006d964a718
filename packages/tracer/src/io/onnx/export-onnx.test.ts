import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import * as weft from "../../index.js";
import { exportOnnx, init, random, Tensor, tensor, valueAndGrad, zeros } from "../../index.js";
import { visitLeaves } from "../../tree/visit.js";

await init({ device: "cpu" }); // before the tensors below are made

type AnyFunction = (...args: never[]) => unknown;

const ORT = { float32: "float32", int32: "int32", uint32: "uint32", bool: "bool" } as const;

async function ortTensor(x: Tensor): Promise<OrtTensor> {
  return new OrtTensor(ORT[x.dtype as keyof typeof ORT], await x.data(), x.shape);
}

/** Every tensor of a tree under its path. */
function named(tree: unknown, prefix: string): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  visitLeaves(tree, (leaf, path) => void (leaf instanceof Tensor && found.set(prefix + path, leaf)));
  return found;
}

/** Runs the model in onnxruntime and holds every output against Weft's own. */
async function expectSame(f: AnyFunction, args: readonly unknown[], tolerance = 1e-5): Promise<void> {
  const bytes = await exportOnnx(f, args as never);
  const session = await InferenceSession.create(bytes);
  const text = f.toString();
  const parameters = text.slice(text.indexOf("(") + 1, text.indexOf(")")).split(",").map((name) => name.trim().split(/[:=]/)[0]!); // prettier-ignore
  const given = new Map(args.flatMap((arg, k) => [...named(arg, parameters[k]!)]));
  const feeds: Record<string, OrtTensor> = {};
  for (const name of session.inputNames) feeds[name] = await ortTensor(given.get(name)!);
  const got = await session.run(feeds);
  const wanted = named(f(...(args as never[])), "output");
  expect([...session.outputNames].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, x] of wanted) {
    expect(got[name]!.dims, name).toEqual(x.shape);
    const [data, expected] = [Array.from(got[name]!.data as Float32Array, Number), [...(await x.data())]];
    expect(data.length).toBe(expected.length);
    const worst = data.findIndex((value, k) => !isClose(value, expected[k]!, tolerance));
    expect(worst < 0 ? null : [name, worst, data[worst], expected[worst]]).toBeNull();
  }
}

function isClose(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}

const make = (...shape: number[]): Tensor => random.normal(random.key(shape.length), shape);

describe("numbers in onnxruntime are Weft's", () => {
  test("for a perceptron: arguments are inputs, what it captures is stored", async () => {
    const [w, b] = [make(4, 3), make(3)];
    await expectSame((x: Tensor) => weft.softmax(weft.relu(weft.matmul(x, w).add(b))), [make(5, 4)]);
  });

  test("for attention and its gradients, written as the operators that there are", async () => {
    const attend = (q: Tensor): Tensor =>
      weft.scaledDotProductAttention(q, q.mul(2), q.neg(), { causal: true });
    const loss = weft.valueAndGrad((q: Tensor) => attend(q).mul(attend(q)).sum());
    await expectSame((q: Tensor) => [attend(q), loss(q)], [make(2, 5, 3)]);
  });

  test("for a loss and its gradient by trees of parameters, with integer labels", async () => {
    const loss = (p: { w: Tensor; b: Tensor[] }, x: Tensor, labels: Tensor): Tensor =>
      weft.crossEntropy(weft.tanh(weft.matmul(x, p.w)).add(p.b[0]!), labels);
    const params = { w: make(4, 3), b: [make(3)] };
    const step = (p: typeof params, x: Tensor, labels: Tensor): unknown => valueAndGrad(loss)(p, x, labels);
    await expectSame(step, [params, make(6, 4), tensor([0, 2, 1, 0, 2, 1], { dtype: "int32" })]);
  });

  test("for convolution, pools and batch norm", async () => {
    const [w, gamma, beta] = [make(4, 3, 3, 3), make(4), make(4)];
    const net = (x: Tensor): unknown => {
      const y = weft.relu(weft.conv2d(x, w, { padding: "same", stride: [2, 1] }));
      const { y: normal } = weft.batchNorm(y, gamma, beta, { training: true });
      return [weft.maxPool2d(normal, { size: 2, padding: 1 }), weft.avgPool2d(normal, { size: 2 })];
    };
    await expectSame(net, [make(2, 3, 8, 8)], 1e-4);
  });

  test("for an unrolled recurrence, layer norm and attention", async () => {
    const [wx, wh, b] = [make(3, 16), make(4, 16), make(16)];
    const net = (x: Tensor): Tensor => {
      const [outputs] = weft.lstm(x, zeros([2, 4]), zeros([2, 4]), wx, wh, b);
      return weft.scaledDotProductAttention(outputs, outputs, weft.layerNorm(outputs), { causal: true });
    };
    await expectSame(net, [make(2, 5, 3)]);
  });

  test("for slices either way, padding, flips, tiles, concatenation", async () => {
    const f = (x: Tensor): unknown => ({
      a: x.slice([null, null, -2], [1, 4, 2]),
      b: x.pad([[1, 2], [0, 1]], { value: -1 }).flip(0),
      c: weft.concat([x.transpose(), x.transpose()], { axis: 1 }).tile([1, 2]),
      d: x.pad([[1, 1], [2, 2]], { mode: "reflect" }),
      e: x.roll(2, { axis: 1 }).cumsum({ axis: 0 }),
    }); // prettier-ignore
    await expectSame(f, [make(4, 5)]);
  });

  test("for indices: take, embedding, one-hot, scatters, sorts; outside of the axis is Weft's fill", async () => {
    const table = make(6, 3);
    const f = (i: Tensor, x: Tensor): unknown => [
      weft.embedding(table, i),
      x.take(i, { axis: 1 }),
      weft.oneHot(i, 4),
      weft.indexAdd(x, tensor([0, 0, 3], { dtype: "int32" }), 1),
      weft.argmax(x, { axis: 1 }),
      weft.sort(x, { axis: 1, descending: true }),
      x.greater(0).any({ axis: 0 }),
    ];
    await expectSame(f, [tensor([[0, 5], [2, -1], [9, -7]], { dtype: "int32" }), make(4, 5)]); // prettier-ignore
  });

  const values = tensor([-3.5, -2.5, -0.5, -1e-4, 0, 1e-4, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 30]);
  const inside = tensor([-0.9, -0.5, -1e-5, 0, 1e-5, 0.3, 0.9]);
  const positive = tensor([1e-5, 0.1, 1, 2, 10]);
  test.each<[string, (x: Tensor) => unknown, Tensor]>([
    ["exponentials", (x) => [x.exp(), x.exp2(), x.expm1(), x.sigmoid(), x.softplus()], values],
    ["logarithms", (x) => [x.log(), x.log2(), x.log1p(), x.sqrt(), x.rsqrt(), x.cbrt(), x.pow(1.5)], positive],
    ["log1p about 0", (x) => [x.log1p(), x.atanh(), x.asin(), x.acos(), x.erf(), x.erfc()], inside],
    ["circles", (x) => [x.sin(), x.cos(), x.tan(), x.atan(), x.asinh(), x.arctan2(2), x.neg().arctan2(-1)], inside],
    ["hyperbolas", (x) => [x.sinh(), x.cosh(), x.tanh(), x.cosh().acosh()], inside],
    ["rounding", (x) => [x.floor(), x.ceil(), x.round(), x.trunc(), x.sign(), x.abs(), x.mod(1.5), x.mod(-2)], values],
    ["choices", (x) => [x.max({ axis: 0 }), x.clip(-1, 2), x.maximum(0.3), x.greater(0).logicalAnd(x.less(2))], values],
    ["casts", (x) => [x.astype("int32"), x.greater(0).astype("float32"), x.isNaN(), x.div(0).isFinite()], values],
    ["activations", (x) => [x.gelu(), x.gelu({ approximate: true }), x.silu(), x.elu(), x.hardSwish()], values],
    ["statistics", (x) => [x.mean(), x.variance(), x.std(), x.norm(), x.logsumexp(), x.prod()], inside],
  ])("for %s", async (_, f, x) => expectSame(f as AnyFunction, [x])); // prettier-ignore

  test("for a user's own op", async () => {
    const bump = weft.defineOp({
      kind: "pointwise",
      name: "onnxBump",
      summary: "a bell",
      operands: ["x"],
      accepts: ["float32"],
      scalar: ({ x }, s) => s.exp(s.neg(s.mul(x, x))),
      vjp: ({ x }, { ct }) => ({ x: ct.mul(x) }),
      samples: [[0, 1]],
    });
    await expectSame((x: Tensor) => bump(x), [make(3)]);
  });
});

test("a file is written whole, and a jitted function is exported as it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weft-onnx-"));
  const file = join(folder, "double.onnx");
  const f = weft.jit((x: Tensor, n: number) => x.mul(n));
  f(tensor([1]), 3);
  f(tensor([1]), 4); // promoted here, a constant there
  const bytes = await exportOnnx(f, [tensor([1, 2]), 5], { file });
  expect(new Uint8Array(await readFile(file))).toEqual(bytes);
  const session = await InferenceSession.create(file);
  const { output } = await session.run({ x: await ortTensor(tensor([1, 2])) });
  expect([...(output!.data as Float32Array)]).toEqual([5, 10]);
  await rm(folder, { recursive: true });
});

test("what ONNX cannot say is W5030 by name, and nothing computed is W5031", async () => {
  const shift = exportOnnx((x: Tensor) => x.leftShift(1), [tensor([1], { dtype: "int32" })]);
  await expect(shift).rejects.toMatchObject({ code: "W5030", message: expect.stringContaining("leftShift") as string }); // prettier-ignore
  await expect(exportOnnx(() => 3, [])).rejects.toMatchObject({ code: "W5031" });
  const waits = exportOnnx(async (x: Tensor) => x.mul(await x.sum().item()), [tensor([1])]);
  await expect(waits).rejects.toMatchObject({ code: "W1005" });
});
