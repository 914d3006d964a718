import { beforeAll, describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../index.js";
import {
  buildOnce,
  type Exports,
  loadCalls,
  loadText,
  precompileCalls,
  runModule,
} from "./testing/load-precompiled.js";

beforeAll(buildOnce, 180_000);

/** Numbers without a random generator. */
function waves(count: number, scale: number, phase = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => scale * Math.sin(3 * k + phase));
}

async function numbers(x: { data(): Promise<ArrayLike<number>> }): Promise<number[]> {
  return Array.from(await x.data());
}

/** Kernels for GPUs sum in another order than those for software adapters. */
function expectClose(actual: readonly number[], wanted: readonly number[], digits = 5): void {
  expect(actual).toHaveLength(wanted.length);
  actual.forEach((value, k) => expect(value).toBeCloseTo(wanted[k]!, digits));
}

const MLP = `import { crossEntropy, jit, matmul, relu, tree, valueAndGrad } from "weftjs";
const predict = (layers, x) => {
  layers.forEach(({ w, b }, i) => { x = matmul(i ? relu(x) : x, w).add(b); });
  return x;
};
const loss = (layers, x, labels) => crossEntropy(predict(layers, x), labels);
export const step = jit((layers, x, labels, lr) => {
  const [value, slopes] = valueAndGrad(loss)(layers, x, labels);
  return { layers: tree.map((p, slope) => p.sub(slope.mul(lr)), layers, slopes), value };
}, { donate: [0] });
export { predict };`;
const MLP_CALL = "step([{w: f32[24,16], b: f32[16]}, {w: f32[16,5], b: f32[5]}], f32[8,24], i32[8], number)";

function mlpData(): { layers: { w: Float32Array; b: Float32Array }[]; x: Float32Array; y: Int32Array } {
  return {
    layers: [
      { w: waves(24 * 16, 0.3), b: waves(16, 0.1) },
      { w: waves(16 * 5, 0.4), b: waves(5, 0.1) },
    ],
    x: waves(8 * 24, 1, 2),
    y: Int32Array.from({ length: 8 }, (_, k) => k % 5),
  };
}

describe.each(["gpu", "software"] as const)("with kernels for %s", (target) => {
  test("a training step trains as jit does, with another rate at each step", async () => {
    const exports = runModule(MLP);
    const { functions } = await loadCalls(exports, [MLP_CALL], { target });
    const { layers, x, y } = mlpData();
    let [ours, theirs] = [layers as unknown, asTensors(layers)];
    const [tx, ty] = [tensor(x, { shape: [8, 24] }), tensor(y)];
    for (let k = 0; k < 6; k++) {
      const lr = 0.5 / (k + 1);
      const made = functions.step(ours, x, y, lr);
      const wanted = exports.step(theirs, tx, ty, lr);
      expectClose(await numbers(made.value), await numbers(wanted.value));
      [ours, theirs] = [made.layers, wanted.layers];
    }
    const last = (ours as { w: Tensor }[])[1]!.w;
    expect(last.shape).toEqual([16, 5]);
    expectClose(await numbers(last), await numbers(theirs[1]!.w));
  });

  test("a recurrent net with its gradient gives what jit gives", async () => {
    const exports = runModule(`import { jit, lstm, valueAndGrad } from "weftjs";
const loss = ({ wx, wh, b }, x, h, c) => lstm(x, h, c, wx, wh, b)[0].square().mean();
export const f = jit((p, x, h, c) => valueAndGrad(loss)(p, x, h, c));`);
    const call = "f({wx: f32[3,16], wh: f32[4,16], b: f32[16]}, f32[2,6,3], f32[2,4], f32[2,4])";
    const { functions } = await loadCalls(exports, [call], { target });
    const p = { wx: waves(48, 0.5), wh: waves(64, 0.4), b: waves(16, 0.1) };
    const [x, h, c] = [waves(36, 1), waves(8, 0.2), waves(8, 0.3)];
    const [value, slopes] = functions.f(p, x, h, c);
    const [wantedValue, wanted] = exports.f(
      { wx: tensor(p.wx, { shape: [3, 16] }), wh: tensor(p.wh, { shape: [4, 16] }), b: tensor(p.b) },
      tensor(x, { shape: [2, 6, 3] }),
      tensor(h, { shape: [2, 4] }),
      tensor(c, { shape: [2, 4] }),
    );
    expect(await value.item()).toBeCloseTo(await wantedValue.item(), 6);
    for (const name of ["wx", "wh", "b"])
      expectClose(await numbers(slopes[name]), await numbers(wanted[name]), 6);
  });

  test("attention, convolution, loops on the device and random numbers give what jit gives", async () => {
    const exports =
      runModule(`import { abs, conv2d, jit, matmul, maxPool2d, random, relu, scaledDotProductAttention, scan, whileLoop, dropout } from "weftjs";
export const attend = jit((q, k, v) => scaledDotProductAttention(q, k, v, { causal: true }));
export const convolve = jit((x, w) => maxPool2d(relu(conv2d(x, w, { padding: "same" })), { size: 2 }));
export const root = jit((x, tolerance) =>
  whileLoop(([, error]) => error.greater(tolerance), ([y]) => {
    const next = y.sub(y.mul(y).sub(2).div(y.mul(2)));
    return [next, abs(next.sub(y)).max()];
  }, [x, abs(x).max().add(1)])[0]);
export const sums = jit((w, xs) => scan((h, x) => { const next = matmul(h, w).add(x); return [next, next.sum()]; }, xs.at(0).mul(0), xs));
export const noise = jit((key, x) => dropout(key, 0.5, random.normal(key, [64]).add(x)));`);
    const { functions, file } = await loadCalls(
      exports,
      [
        "attend(f32[2,5,4], f32[2,5,4], f32[2,5,4])",
        "convolve(f32[1,2,6,6], f32[3,2,3,3])",
        "root(f32[3], number)",
        "sums(f32[3,3], f32[4,2,3])",
        "noise(u32[2], f32[64])",
      ],
      { target },
    );
    const calls: readonly (readonly [
      string,
      readonly (readonly [Float32Array | Uint32Array, number[]] | number)[],
    ])[] = [
      [
        "attend",
        [
          [waves(40, 1), [2, 5, 4]],
          [waves(40, 1, 2), [2, 5, 4]],
          [waves(40, 1, 3), [2, 5, 4]],
        ],
      ],
      [
        "convolve",
        [
          [waves(72, 1), [1, 2, 6, 6]],
          [waves(54, 0.3), [3, 2, 3, 3]],
        ],
      ],
      ["root", [[Float32Array.of(1, 9, 4000), [3]], 1e-5]],
      ["root", [[Float32Array.of(1.4, 1.5, 2), [3]], 0.1]],
      [
        "sums",
        [
          [waves(9, 0.4), [3, 3]],
          [waves(24, 1), [4, 2, 3]],
        ],
      ],
      [
        "noise",
        [
          [Uint32Array.of(7, 8), [2]],
          [waves(64, 1), [64]],
        ],
      ],
    ];
    for (const [name, args] of calls) {
      const made = functions[name](...args.map((arg) => (typeof arg === "number" ? arg : arg[0])));
      const wanted = exports[name](
        ...args.map((arg) => (typeof arg === "number" ? arg : tensor(arg[0], { shape: arg[1] }))),
      );
      for (const [k, part] of [made].flat().entries())
        expectClose(await numbers(part), await numbers([wanted].flat()[k]), 4);
    }
    expect(file.calls.find(({ name }) => name === "root")!.signature.program!.loops).toHaveLength(1);
    expect(functions.device.stats().loopChecks).toBeGreaterThan(1);
  });
});

function asTensors(layers: readonly { w: Float32Array; b: Float32Array }[]): Exports[] {
  return layers.map(({ w, b }) => ({
    w: tensor(w, { shape: [w.length / b.length, b.length] }),
    b: tensor(b),
  }));
}

test("steady steps make no buffer, bind group or pipeline, and what they consume is free again", async () => {
  const { functions } = await loadCalls(runModule(MLP), [MLP_CALL]);
  const { layers, y } = mlpData();
  const x = functions.device.tensor(mlpData().x, [8, 24]);
  const labels = functions.device.tensor(y, [8], "int32");
  let state: unknown = layers;
  const run = async (count: number): Promise<void> => {
    for (let k = 0; k < count; k++) {
      const { layers: next, value } = functions.step(state, x, labels, 0.1);
      state = next;
      await value.item();
      value.dispose();
    }
  };
  await run(4);
  const before = functions.device.stats();
  await run(20);
  const after = functions.device.stats();
  for (const name of [
    "buffersCreated",
    "bindGroupsCreated",
    "pipelinesCreated",
    "poolBytes",
    "liveBytes",
    "liveOwners",
  ])
    expect([name, after[name]]).toEqual([name, before[name]]);
  expect(after.dispatches - before.dispatches).toBe(20 * ((before.dispatches as number) / 4));
  expect(after.submits - before.submits).toBe(20);
});

test("arguments and results are trees; what is given back as it came is the same object", async () => {
  const exports = runModule(`import { jit } from "weftjs";
export const f = jit(({ a, list }, flag, n, k) => ({
  sum: a.add(list[0]).mul(n),
  same: a,
  list,
  twice: [a.mul(2)].flatMap((x) => [x, x]),
  map: new Map([["x", a.neg()], ["n", k]]),
  words: ["on", flag, null, undefined, n],
}));`);
  const { functions, file } = await loadCalls(exports, [
    "f({a: f32[2], list: [f32[2], f32[]]}, true, number, integer)",
  ]);
  const a = functions.device.tensor([1, 2], [2]);
  const result = functions.f({ a, list: [[3, 4], 5] }, true, 0.5, 7);
  expect(await numbers(result.sum)).toEqual([2, 3]);
  expect(result.same).toBe(a);
  expect(await result.list[1].item()).toBe(5);
  expect(result.list[1].shape).toEqual([]);
  expect(result.twice[0]).toBe(result.twice[1]);
  expect(await result.twice[0].toArray()).toEqual([2, 4]);
  expect(await numbers(result.map.get("x"))).toEqual([-1, -2]);
  expect([...result.map.keys()]).toEqual(["x", "n"]);
  expect(result.map.get("n")).toBe(7);
  expect(result.words).toEqual(["on", true, null, undefined, 0.5]);
  expect(file.types).toContain("flag: true, n: number, k: number");
  // Left out it would be another call of the function that this was compiled from.
  expect(() => functions.f({ a, list: [[3, 4], 5] }, undefined, 1, 7)).toThrow(
    "flag needs true, which was compiled in",
  );
});

test("captured tensors are embedded, once for all functions; a result may be one of them", async () => {
  const exports = runModule(`import { jit, tensor } from "weftjs";
const table = tensor([[1, 2, 3], [4, 5, 6]]);
const config = { scale: 2, name: "x" };
export const f = jit((x) => x.matmul(table).mul(config.scale));
export const g = jit((x) => [x.add(table).sum(), table]);
export const h = jit((x) => x.mul(tensor([10, 20])));`);
  const { functions, file } = await loadCalls(exports, ["f(f32[1,2])", "g(f32[])", "h(f32[2])"]);
  expect(await numbers(functions.f([[1, 1]]))).toEqual([10, 14, 18]);
  for (let k = 0; k < 2; k++) {
    const [sum, table] = functions.g(1);
    expect(await sum.item()).toBe(27);
    expect(await table.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    table.dispose();
  }
  expect(await numbers(functions.h([1, 2]))).toEqual([10, 40]);
  expect(file.calls.map(({ captured }) => captured)).toEqual([["f32[2,3]"], ["f32[2,3]"], ["f32[2]"]]);
  expect(file.calls[0]!.frozen).toEqual(['config = {"scale":2,"name":"x"}']);
  expect(file.sizes.constants).toBe(
    Buffer.alloc(24).toString("base64").length + Buffer.alloc(8).toString("base64").length,
  );
});

test("a function may be compiled for several signatures: the arguments choose", async () => {
  const exports = runModule(`import { jit } from "weftjs";
export const f = jit((x, mode) => mode === "sum" ? x.sum() : x.mul(2));`);
  const { functions, file } = await loadCalls(exports, [
    'f(f32[3], "sum")',
    'f(f32[3], "twice")',
    'f(i32[2], "sum")',
  ]);
  expect(await functions.f([1, 2, 3], "sum").item()).toBe(6);
  expect(await numbers(functions.f([1, 2, 3], "twice"))).toEqual([2, 4, 6]);
  expect(await functions.f(Int32Array.of(4, 5), "sum").item()).toBe(9);
  expect(file.types.match(/^ {2}f\(/gm)).toHaveLength(3);
  expect(() => functions.f([1, 2, 3, 4], "sum")).toThrowErrorMatchingInlineSnapshot(`
    [WeftError: error[W4071]: f was precompiled for other arguments than these
       = note: f(f32[3], "sum"): x needs f32[3], got an array of shape [4]
       = note: f(f32[3], "twice"): x needs f32[3], got an array of shape [4]
       = note: f(i32[2], "sum"): x needs i32[2], got an array of shape [4]
       = hint: pass what it was compiled for, or add these types to --precompile]
  `);
});

test("numbers come in any form, bools, integers and empty tensors included", async () => {
  const exports = runModule(`import { jit, where } from "weftjs";
export const f = jit((c, i, u, e) => [where(c, i, i.neg()), u.add(1), e.sum(), c]);`);
  const { functions } = await loadCalls(exports, ["f(bool[3], i32[3], u32[1], f32[0,4])"]);
  const [chosen, next, none, c] = functions.f(
    [true, false, true],
    Int8Array.of(1, 2, 3),
    [4294967294],
    new Float32Array(0),
  );
  expect(await chosen.data()).toEqual(Int32Array.of(1, -2, 3));
  expect(await next.data()).toEqual(Uint32Array.of(4294967295));
  expect(await none.item()).toBe(0);
  expect(await c.data()).toEqual(Uint8Array.of(1, 0, 1));
  expect([c.dtype, c.size]).toEqual(["bool", 3]);
});

test("numbers that meet unsigned tensors are passed at run time, in their range", async () => {
  const exports = runModule(`import { jit } from "weftjs";
export const f = jit((u, k) => u.add(k));`);
  const { functions } = await loadCalls(exports, ["f(u32[2], integer)"]);
  expect(await numbers(functions.f([1, 2], 4294967290))).toEqual([4294967291, 4294967292]);
  expect(() => functions.f([1, 2], -1)).toThrow("k needs a number of uint32, got -1");
});

test("a function that computes nothing gives back what it was given", async () => {
  const { functions } = await loadCalls(runModule("export const f = (x, n) => [x, n, 3];"), [
    "f(f32[2], number)",
  ]);
  const [x, n, three] = functions.f([1, 2], 5);
  expect(await numbers(x)).toEqual([1, 2]);
  expect([n, three]).toEqual([5, 3]);
});

describe("in use", () => {
  const source = `import { jit } from "weftjs";
export const f = jit((p, k) => p.w.mul(k).add(p.list[0]), { donate: [0] });
export const g = jit((x, i) => x.mul(i));`;
  let functions: Exports;
  let again: Exports;
  beforeAll(async () => {
    const { code } = await precompileCalls(runModule(source), [
      "f({w: f32[2,2], list: [f32[2]]}, number)",
      "g(i32[2], integer)",
    ]);
    [functions, again] = [await loadText(code), await loadText(code)];
  });

  const w = [
    [1, 2],
    [3, 4],
  ];

  test.each([
    [
      "another shape",
      () => functions.f({ w: [[1, 2]], list: [[1, 2]] }, 1),
      "p.w needs f32[2,2], got an array of shape [1,2]",
    ],
    [
      "other elements",
      () => functions.f({ w: new Float32Array(3), list: [[1, 2]] }, 1),
      "p.w needs f32[2,2], got Float32Array of 3 elements",
    ],
    ["a missing property", () => functions.f({ w }, 1), "p.list needs an array of 1, got undefined"],
    [
      "a further property",
      () => functions.f({ w, list: [[1, 2]], v: 1 }, 1),
      "p needs an object of w, list, got one with v",
    ],
    [
      "another length",
      () => functions.f({ w, list: [] }, 1),
      "p.list needs an array of 1, got an array of 0",
    ],
    ["no number", () => functions.f({ w, list: [[1, 2]] }, "1"), 'k needs a number, got "1"'],
    ["too many", () => functions.f({ w, list: [[1, 2]] }, 1, 2), "it needs 2 arguments, got 3"],
    ["a fraction for an integer", () => functions.g([1, 2], 1.5), "i needs an integer, got 1.5"],
    [
      "a number that the dtype has not",
      () => functions.g([1, 2], 2 ** 31),
      "i needs a number of int32, got 2147483648",
    ],
    ["floats for integers", () => functions.g(Float32Array.of(1, 2), 1), "x needs i32[2], got Float32Array"],
    [
      "a tensor of another type",
      () => functions.g(functions.device.tensor([1, 2], [2]), 1),
      "x needs i32[2], got a tensor f32[2]",
    ],
  ])("%s is W4071", (_, call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ code: "W4071", message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ["ragged arrays", () => functions.f({ w: [[1, 2], [3]], list: [[1, 2]] }, 1)],
    [
      "words",
      () =>
        functions.f(
          {
            w: [
              [1, 2],
              [3, "4"],
            ],
            list: [[1, 2]],
          },
          1,
        ),
    ],
    ["fractions for integers", () => functions.g([1, 2.5], 1)],
    ["another count of numbers", () => functions.device.tensor([1, 2, 3], [2])],
  ])("%s are W4073", (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: "W4073" }));
  });

  test("a tensor of another load() is W4072", () => {
    const foreign = again.device.tensor(w, [2, 2]);
    expect(() => functions.f({ w: foreign, list: [[1, 2]] }, 1)).toThrow(
      expect.objectContaining({ code: "W4072" }),
    );
  });

  test("a disposed tensor is W4050, a donated one W4051", async () => {
    const gone = functions.device.tensor(w, [2, 2]);
    gone.dispose();
    gone.dispose();
    expect(() => functions.f({ w: gone, list: [[1, 2]] }, 1)).toThrow(
      expect.objectContaining({ code: "W4050" }),
    );
    await expect(gone.data()).rejects.toMatchObject({ code: "W4050" });
    const given = functions.device.tensor(w, [2, 2]);
    expect(await numbers(functions.f({ w: given, list: [[1, 2]] }, 2))).toEqual([3, 6, 7, 10]);
    expect(() => functions.f({ w: given, list: [[1, 2]] }, 1)).toThrow(
      expect.objectContaining({ code: "W4051" }),
    );
  });

  test("item() of several elements is W2104", async () => {
    await expect(functions.device.tensor(w, [2, 2]).item()).rejects.toMatchObject({ code: "W2104" });
  });

  test("after destroy() everything is W4011", async () => {
    const last = again.device.tensor(w, [2, 2]);
    again.device.destroy();
    expect(() => again.g([1, 2], 1)).toThrow(expect.objectContaining({ code: "W4011" }));
    await expect(last.data()).rejects.toMatchObject({ code: "W4011" });
  });
});
