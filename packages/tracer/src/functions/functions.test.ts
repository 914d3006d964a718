import { beforeAll, describe, expect, test } from "vitest";
import * as weft from "../index.js";
import { init, jit, type NestedNumbers, type Tensor, tensor, zeros } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** The elements, as float32 gives them, rounded to 5 digits behind the point, from a call as it is and from a compiled one. */
async function values(make: () => Tensor): Promise<NestedNumbers> {
  const plain = await make().toArray();
  expect(await jit(make)().toArray()).toEqual(plain);
  return rounded(plain);
}

function rounded(value: NestedNumbers): NestedNumbers {
  if (Array.isArray(value)) return value.map(rounded);
  return Number.isFinite(value) ? Math.round(value * 1e5) / 1e5 + 0 : value;
}

const x = (): Tensor => tensor([[1, -2, 3], [4, 5, -6]]); // prettier-ignore
const code = (code: string): unknown => expect.objectContaining({ code });

const cases: Record<string, Record<string, readonly [make: () => Tensor, expected: NestedNumbers]>> = {
  creation: {
    tensor: [
      () =>
        tensor([
          [1, 2],
          [3, 4],
        ]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    "tensor of a typed array": [
      () => tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    "tensor of rows": [
      () => tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    "tensor of booleans": [() => tensor([true, false]), [1, 0]],
    "tensor of float16": [
      () => tensor([1 / 3, 1e6, -0.1], { dtype: "float16" }),
      [0.33325, Infinity, -0.09998],
    ],
    zeros: [() => zeros([2, 1]), [[0], [0]]],
    "zeros of no size": [() => zeros([2, 0]), [[], []]],
    full: [() => weft.full([2], 3, { dtype: "int32" }), [3, 3]],
    eye: [
      () => weft.eye(2),
      [
        [1, 0],
        [0, 1],
      ],
    ],
    "arange to": [() => weft.arange(3), [0, 1, 2]],
    "arange by": [() => weft.arange(1, 2, 0.4), [1, 1.4, 1.8]],
    "arange down": [() => weft.arange(3, 0, -1), [3, 2, 1]],
    linspace: [() => weft.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
    tri: [
      () => weft.tri(2, 3, 1),
      [
        [1, 1, 0],
        [1, 1, 1],
      ],
    ],
    tril: [
      () => x().tril(),
      [
        [1, 0, 0],
        [4, 5, 0],
      ],
    ],
    triu: [
      () => x().triu(),
      [
        [1, -2, 3],
        [0, 5, -6],
      ],
    ],
    onesLike: [() => tensor([5, 6]).onesLike(), [1, 1]],
  },
  pointwise: {
    clip: [
      () => x().clip(-1, 4),
      [
        [1, -1, 3],
        [4, 4, -1],
      ],
    ],
    "clip from below": [
      () => x().clip(0, null),
      [
        [1, 0, 3],
        [4, 5, 0],
      ],
    ],
    where: [
      () => weft.where(x().greater(0), x(), 0),
      [
        [1, 0, 3],
        [4, 5, 0],
      ],
    ],
    "a number on the left": [() => weft.sub(1, tensor([1, 2])), [0, -1]],
  },
  reductions: {
    sum: [() => x().sum(), 5],
    "sum of an axis": [() => x().sum({ axis: 0 }), [5, 3, -3]],
    "sum of the last axis, kept": [() => x().sum({ axis: -1, keepdims: true }), [[2], [3]]],
    "sum of a list": [() => x().sum({ axis: [1, 0] }), 5],
    "mean of integers": [() => tensor([1, 2], { dtype: "int32" }).mean(), 1.5],
    variance: [() => x().variance({ axis: 1 }), [4.22222, 24.66667]],
    "std of a sample": [() => tensor([1, 3]).std({ ddof: 1 }), 1.41421],
    norm: [() => tensor([3, 4]).norm(), 5],
    "norm of order 1": [() => tensor([3, -4]).norm({ ord: 1 }), 7],
    logsumexp: [
      () =>
        tensor([
          [1000, 1000],
          [-1000, -1000],
        ]).logsumexp({ axis: 1 }),
      [1000.69318, -999.30682],
    ],
    "logsumexp of -∞": [() => tensor([-Infinity, -Infinity]).logsumexp(), -Infinity],
    countNonzero: [() => tensor([0, 1, NaN]).countNonzero(), 2],
    any: [() => x().greater(4).any({ axis: 1 }), [0, 1]],
    all: [() => x().greater(-3).all({ axis: 1 }), [1, 0]],
    argmax: [() => x().argmax({ axis: 1 }), [2, 1]],
    "argmax of ties": [() => tensor([1, 3, 3]).argmax(), 1],
    "argmax of NaN": [() => tensor([1, NaN, 3, NaN]).argmax(), 1],
    "argmin, kept": [() => x().argmin({ axis: 0, keepdims: true }), [[0, 0, 1]]],
    cumsum: [
      () => x().cumsum({ axis: 1 }),
      [
        [1, -1, 2],
        [4, 9, 3],
      ],
    ],
    "cumsum of all": [() => x().cumsum(), [1, -1, 2, 6, 11, 5]],
    cumprod: [() => tensor([1, 2, 3, 4, 5]).cumprod(), [1, 2, 6, 24, 120]],
    cummax: [() => tensor([1, 3, 2, 5, 4]).cummax(), [1, 3, 3, 5, 5]],
  },
  shape: {
    "reshape with -1": [
      () => x().reshape([-1, 2]),
      [
        [1, -2],
        [3, 4],
        [5, -6],
      ],
    ],
    transpose: [
      () => x().transpose(),
      [
        [1, 4],
        [-2, 5],
        [3, -6],
      ],
    ],
    swapaxes: [
      () => x().swapaxes(0, -1),
      [
        [1, 4],
        [-2, 5],
        [3, -6],
      ],
    ],
    moveaxis: [
      () =>
        zeros([2, 3, 4])
          .moveaxis(0, -1)
          .sum({ axis: [0, 1] }),
      [0, 0],
    ],
    expandDims: [() => tensor([1, 2]).expandDims(-1), [[1], [2]]],
    squeeze: [() => tensor([[1, 2]]).squeeze(0), [1, 2]],
    ravel: [() => x().ravel(), [1, -2, 3, 4, 5, -6]],
    flip: [
      () => x().flip(-1),
      [
        [3, -2, 1],
        [-6, 5, 4],
      ],
    ],
    tile: [
      () => tensor([1, 2]).tile([2, 2]),
      [
        [1, 2, 1, 2],
        [1, 2, 1, 2],
      ],
    ],
    repeat: [() => tensor([[1], [2]]).repeat(2, { axis: 0 }), [[1], [1], [2], [2]]],
    concat: [() => weft.concat([tensor([1]), tensor([2], { dtype: "int32" })]), [1, 2]],
    stack: [
      () => weft.stack([tensor([1, 2]), tensor([3, 4])], { axis: -1 }),
      [
        [1, 3],
        [2, 4],
      ],
    ],
    split: [() => weft.concat(tensor([1, 2, 3]).split([1, 2]).reverse()), [2, 3, 1]],
    roll: [() => tensor([1, 2, 3]).roll(-1), [2, 3, 1]],
    "roll of an axis": [
      () => x().roll(1, { axis: 1 }),
      [
        [3, 1, -2],
        [-6, 4, 5],
      ],
    ],
    pad: [() => tensor([1, 2]).pad([[1, 2]], { value: 9 }), [9, 1, 2, 9, 9]],
    "pad by the edge": [() => tensor([1, 2]).pad([2, 1], { mode: "edge" }), [1, 1, 1, 2, 2]],
    "pad by reflection": [() => tensor([1, 2, 3]).pad(2, { mode: "reflect" }), [3, 2, 1, 2, 3, 2, 1]],
    diagonal: [() => x().diagonal(), [1, 5]],
    "diagonal above": [() => x().diagonal(1), [-2, -6]],
    "diagonal below": [() => x().diagonal(-1), [4]],
    trace: [() => x().trace(), 6],
  },
  indexing: {
    "a position": [() => x().at(1), [4, 5, -6]],
    "a position from the back": [() => x().at(-1, -1), -6],
    "a range": [() => x().at([0, 1], [1, null]), [[-2, 3]]],
    "a range from the back": [
      () => x().at("...", [-2, null]),
      [
        [-2, 3],
        [5, -6],
      ],
    ],
    "a step": [() => tensor([0, 1, 2, 3, 4]).at([null, null, 2]), [0, 2, 4]],
    "a step backwards": [() => tensor([0, 1, 2, 3, 4]).at([null, null, -2]), [4, 2, 0]],
    "a range past the end": [() => tensor([1, 2, 3]).at([2, 9]), [3]],
    "an empty range": [() => tensor([1, 2, 3]).at([2, 1]), []],
    "a new axis": [() => tensor([1, 2]).at(null, [null, null], null), [[[1], [2]]]],
    "a step beside a position": [() => x().at(1, [null, null, 2]), [4, -6]],
    oneHot: [
      () => weft.oneHot(tensor([2, 0, 7], { dtype: "int32" }), 3),
      [
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
      ],
    ],
  },
  "linear algebra": {
    matmul: [
      () => x().matmul(x().transpose()),
      [
        [14, -24],
        [-24, 77],
      ],
    ],
    "matrix times vector": [() => x().matmul(tensor([1, 1, 1])), [2, 3]],
    "vector times matrix": [() => tensor([1, 1]).matmul(x()), [5, 3, -3]],
    "vector times vector": [() => tensor([1, 2]).dot(tensor([3, 4])), 11],
    "batches that broadcast": [
      () =>
        weft
          .ones([2, 1, 1, 2])
          .matmul(weft.ones([3, 2, 1]))
          .reshape([6]),
      [2, 2, 2, 2, 2, 2],
    ],
    "a batch times a matrix": [() => weft.ones([2, 1, 2]).matmul(tensor([[1], [2]])), [[[3]], [[3]]]],
    integers: [
      () => tensor([[1, 2]], { dtype: "int32" }).matmul(tensor([[1], [2]], { dtype: "int32" })),
      [[5]],
    ],
    einsum: [
      () => weft.einsum("ij,kj->ik", x(), x()),
      [
        [14, -24],
        [-24, 77],
      ],
    ],
    "einsum of a batch": [() => weft.einsum("bi,bi->b", x(), x()), [14, 77]],
    "einsum of one": [() => weft.einsum("ij->j", x()), [5, 3, -3]],
    "einsum of three": [() => weft.einsum("i,ij,j->", tensor([1, 1]), x(), tensor([1, 2, 3])), 2],
    "einsum of a diagonal": [
      () => weft.einsum("ii->i", weft.arange(1, 10).reshape([3, 3]).astype("float32")),
      [1, 5, 9],
    ],
    "einsum of a trace": [() => weft.einsum("ii", weft.arange(1, 10).reshape([3, 3]).astype("float32")), 15],
    "einsum of a diagonal against a vector": [
      () => weft.einsum("ii,i->", weft.arange(1, 10).reshape([3, 3]).astype("float32"), tensor([1, 2, 3])),
      38,
    ],
    "einsum of the axes without letters": [
      () =>
        weft
          .einsum(
            "...ij,jk->...ik",
            weft.arange(1, 10).reshape([3, 3]).astype("float32").reshape([3, 1, 3]),
            weft.arange(1, 10).reshape([3, 3]).astype("float32"),
          )
          .reshape([3, 3]),
      [
        [30, 36, 42],
        [66, 81, 96],
        [102, 126, 150],
      ],
    ],
    "einsum that broadcasts": [
      () => weft.einsum("...i,...i->...", tensor([[[1, 2]], [[3, 4]]]), tensor([[1, 0], [0, 1], [1, 1]])), // prettier-ignore
      [
        [1, 2, 3],
        [3, 4, 7],
      ],
    ],
    "einsum without an arrow": [() => weft.einsum("ij,jk", x(), tensor([[1], [0], [1]])), [[4], [-2]]],
    "einsum without an arrow, in the alphabet's order": [() => weft.einsum("ba", x()), [[1, 4], [-2, 5], [3, -6]]], // prettier-ignore
    "einsum of a transpose": [
      () => weft.einsum("ij->ji", x()),
      [
        [1, 4],
        [-2, 5],
        [3, -6],
      ],
    ],
    outer: [
      () => tensor([1, 2]).outer(tensor([3, 4])),
      [
        [3, 4],
        [6, 8],
      ],
    ],
    tensordot: [
      () => weft.tensordot(x(), x(), [[1], [1]]),
      [
        [14, -24],
        [-24, 77],
      ],
    ],
    "tensordot of all": [() => weft.tensordot(x(), x()), 91],
  },
  activations: {
    relu6: [() => weft.relu6(tensor([-1, 3, 9])), [0, 3, 6]],
    gelu: [() => tensor([-1, 0, 2]).gelu(), [-0.15866, 0, 1.9545]],
    "gelu approximate": [() => tensor([-1, 0, 2]).gelu({ approximate: true }), [-0.15881, 0, 1.9546]],
    silu: [() => tensor([-1, 0, 2]).silu(), [-0.26894, 0, 1.76159]],
    elu: [() => tensor([-1, 200]).elu(), [-0.63212, 200]],
    selu: [() => tensor([-1, 2]).selu(), [-1.11133, 2.1014]],
    leakyRelu: [() => tensor([-1, 2]).leakyRelu({ slope: 0.1 }), [-0.1, 2]],
    hardSwish: [() => tensor([-4, 1, 4]).hardSwish(), [0, 0.66667, 4]],
    softmax: [
      () =>
        tensor([
          [0, Math.log(3)],
          [1000, 1000],
        ]).softmax(),
      [
        [0.25, 0.75],
        [0.5, 0.5],
      ],
    ],
    "softmax of a masked row": [() => tensor([-Infinity, 0]).softmax(), [0, 1]],
    logSoftmax: [
      () =>
        tensor([
          [1, 1],
          [2, 2],
        ]).logSoftmax({ axis: 0 }),
      [
        [-1.31326, -1.31326],
        [-0.31326, -0.31326],
      ],
    ],
    layerNorm: [() => tensor([1, 2, 3]).layerNorm(2, 1, { eps: 0 }), [-1.44949, 1, 3.44949]],
  },
  losses: {
    "crossEntropy of labels": [
      () =>
        weft.crossEntropy(
          tensor([
            [0, Math.log(3)],
            [0, 0],
          ]),
          tensor([1, 0], { dtype: "int32" }),
        ),
      0.49041,
    ],
    "crossEntropy of probabilities": [
      () => weft.crossEntropy(tensor([[0, Math.log(3)]]), tensor([[0.5, 0.5]]), { reduction: "none" }),
      [0.83699],
    ],
    "crossEntropy along another axis": [
      () =>
        weft.crossEntropy(tensor([[0], [0]]), tensor([1], { dtype: "int32" }), { axis: 0, reduction: "sum" }),
      0.69315,
    ],
    bceWithLogits: [() => weft.bceWithLogits(tensor([0, 200]), tensor([1, 1])), 0.34657],
    mse: [() => weft.mse(tensor([1, 3]), tensor([0, 0])), 5],
    accuracy: [() => weft.accuracy(x(), tensor([2, 0], { dtype: "int32" })), 0.5],
  },
};

for (const [family, group] of Object.entries(cases)) {
  describe(family, () => {
    for (const [name, [make, expected]] of Object.entries(group)) {
      test(name, async () => expect(await values(make)).toEqual(expected));
    }
  });
}

test("a function called with numbers alone gives a scalar tensor", async () => {
  expect(await weft.add(1, 2).item()).toBe(3);
  expect(await jit(() => weft.exp(0))().item()).toBe(1);
});

test("reading gives the typed array of the dtype", async () => {
  expect(await tensor([1, 2]).data()).toEqual(new Float32Array([1, 2]));
  expect(await tensor([1, 2], { dtype: "int32" }).data()).toEqual(new Int32Array([1, 2]));
  expect(await tensor([1, 2], { dtype: "uint32" }).data()).toEqual(new Uint32Array([1, 2]));
  expect(await tensor([true, false]).data()).toEqual(new Uint8Array([1, 0]));
  expect(await tensor([0.1], { dtype: "float64" }).data()).toEqual(new Float64Array([0.1]));
});

test("a tensor's data is its own", async () => {
  const source = new Float32Array([1, 2]);
  const made = tensor(source);
  source[0] = 9;
  (await made.data())[1] = 9;
  expect(await made.toArray()).toEqual([1, 2]);
});

test("the gradient of a smooth function whose other branch overflows is finite", async () => {
  const g = weft.grad((v: Tensor) => v.elu().sum());
  expect(await g(tensor([200, -200])).toArray()).toEqual([1, 0]);
});

const refusals: Record<string, readonly [code: string, call: () => unknown]> = {
  "an axis that is not there": ["W2101", () => x().sum({ axis: 2 })],
  "an axis twice": ["W2101", () => x().sum({ axis: [0, -2] })],
  "a reshape that does not come out": ["W2102", () => x().reshape([4, -1])],
  "a squeeze of a long axis": ["W2111", () => x().squeeze(0)],
  "ragged data": ["W2103", () => tensor([[1, 2], [3]])],
  "data of another size": ["W2103", () => tensor([1, 2], { shape: [3] })],
  "data that is no number": ["W2103", () => tensor(["a"] as never)],
  "a position outside": ["W2105", () => x().at(2)],
  "too many entries": ["W2106", () => x().at(0, 0, 0)],
  "an uneven split": ["W2107", () => x().split(2, { axis: 1 })],
  "a reflection of all": ["W2112", () => tensor([1, 2]).pad(2, { mode: "reflect" })],
  "a product with a scalar": ["W2108", () => x().matmul(tensor(1))],
  "letters that do not fit": ["W2110", () => weft.einsum("ij,jk->ik", x(), x())],
  "a letter too few": ["W2110", () => weft.einsum("i->i", x())],
  "a diagonal that is none": ["W2110", () => weft.einsum("ii->i", x())],
  "a letter that nobody has": ["W2110", () => weft.einsum("ij->ik", x())],
  "a diagonal as a result": ["W2110", () => weft.einsum("ij->ii", x())],
  "an operand too few": ["W2110", () => weft.einsum("ij,jk", x())],
  "signs that are no letters": ["W2110", () => weft.einsum("i1->i", x())],
  "axes without letters that do not broadcast": [
    "W2110",
    () => weft.einsum("...i,...i->...", x(), weft.ones([3, 3])),
  ],
  "labels of another shape": ["W2109", () => weft.crossEntropy(x(), tensor([1], { dtype: "int32" }))],
};

describe("a function refuses", () => {
  for (const [what, [expected, call]] of Object.entries(refusals)) {
    test(`${what} (${expected}), and says where`, () => {
      expect(call).toThrow(code(expected));
      expect(call).toThrow(/functions\.test\.ts:\d+:\d+/);
      expect(jit(call)).toThrow(code(expected));
    });
  }

  test("item() of several elements (W2104)", async () => {
    await expect(x().item()).rejects.toMatchObject({ code: "W2104" });
  });
});
