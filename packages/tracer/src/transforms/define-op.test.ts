import { parseGraph, printGraph } from "@weftjs/ir";
import { describe, expect, test } from "vitest";
import {
  checkGrads,
  defineOp,
  grad,
  hessian,
  inspect,
  jit,
  jvp,
  mul,
  type Tensor,
  tensor,
  vmap,
} from "../index.js";

/** x / √(1 + a x²) */
const squash = defineOp<["x"], { readonly a: number }>({
  kind: "pointwise",
  name: "own squash",
  summary: "x / √(1 + a x²)",
  operands: ["x"],
  accepts: ["float32", "float16", "float64"],
  defaults: { a: 1 },
  scalar: ({ x }, s, { a }) => s.div(x, s.sqrt(s.add(1, s.mul(a, s.mul(x, x))))),
  // With a method of the operands and with a function.
  vjp: ({ x }, { ct, attrs }) => ({ x: mul(ct, x.square().mul(attrs.a).add(1).pow(-1.5)) }),
});

/** The largest absolute value. */
const longest = defineOp({
  kind: "reduce",
  name: "own longest",
  operands: ["x"],
  accepts: ["float32", "float64"],
  identity: () => 0,
  combine: (a, b, s) => s.max(s.abs(a), s.abs(b)),
  vjp: ({ x }, { ct, out, attrs }) => {
    const kept = x.shape.map((size, axis) => (attrs.axes.includes(axis) ? 1 : size));
    const [top, slope] = [out.reshape(kept), ct.reshape(kept)];
    return { x: x.abs().equal(top).astype("float32").mul(x.sign()).mul(slope) };
  },
});

const x = tensor([0.5, -1, 2]);
const rows = tensor([[1, -5], [3, 2]]); // prettier-ignore

async function expectClose(got: Tensor, wanted: readonly number[]): Promise<void> {
  const data = await got.data();
  expect(data.length).toBe(wanted.length);
  data.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
}

describe("an op of the user's", () => {
  const squashed = (a: number): number[] => [0.5, -1, 2].map((v) => v / Math.sqrt(1 + a * v * v));
  const slopes = (a: number): number[] => [0.5, -1, 2].map((v) => (1 + a * v * v) ** -1.5);

  test("runs eagerly and under jit, on the device", async () => {
    await expectClose(squash(x, { a: 2 }), squashed(2));
    await expectClose(jit((x: Tensor) => squash(x, { a: 3 }))(x), squashed(3));
    await expectClose(longest(rows, { axes: [1] }), [5, 3]);
    await expectClose(jit((x: Tensor) => longest(x, { axes: [0] }))(rows), [3, 5]);
  });

  test("has derivatives in both directions, of any order", async () => {
    const f = (x: Tensor): Tensor => squash(x, { a: 2 }).sum();
    await expectClose(grad(f)(x), slopes(2));
    await expectClose(jvp(f, [x], [1])[1], [slopes(2).reduce((a, b) => a + b)]);
    const curve = [0.5, -1, 2].map((v) => -3 * 2 * v * (1 + 2 * v * v) ** -2.5);
    await expectClose(hessian(f)(x).mul(tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]])).sum({ axis: 1 }), curve); // prettier-ignore
    await expectClose(grad((x: Tensor) => longest(x, { axes: [1] }).sum())(rows), [0, -1, 1, 0]);
    await expectClose(jvp((x: Tensor) => longest(x, { axes: [1] }), [rows], [1])[1], [-1, 1]);
    await checkGrads(f, [x], { order: 2 });
    await checkGrads((x: Tensor) => longest(x, { axes: [0] }), [rows]);
  });

  test("is batched", async () => {
    await expectClose(vmap((x: Tensor) => squash(x, { a: 2 }))(x), squashed(2));
    await expectClose(vmap((x: Tensor) => longest(x, { axes: [0] }), { inAxes: 1 })(rows), [3, 5]);
    await expectClose(vmap(grad((x: Tensor) => squash(x, { a: 2 })))(x), slopes(2));
  });

  test("is fused with its neighbours, printed and parsed", async () => {
    const f = (x: Tensor): Tensor => longest(squash(x.mul(2), { a: 1 }).add(1), { axes: [0] });
    const report = await inspect(f, x);
    expect(report.dispatches).toBe(1);
    expect(report.optimized).toContain('"own squash"');
    expect(report.optimized).toContain('"own longest"');
    const text = printGraph(parseGraph(report.optimized));
    expect(text).toBe(report.optimized.replace(/ *\/\/.*/g, ""));
  });

  test("has a name of its own", () => {
    const again = (): unknown =>
      defineOp({
        kind: "pointwise",
        name: "own squash",
        operands: ["x"],
        accepts: ["float32"],
        scalar: ({ x }) => x,
        vjp: null,
      });
    expect(again).toThrow(expect.objectContaining({ code: "W2002" }));
  });
});
