import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  eager,
  grad,
  init,
  inspect,
  jit,
  jvp,
  matmul,
  stack,
  stats,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from "../index.js";

await init({ device: "cpu" }); // Before the first tensor.

const fault = (code: string): object => expect.objectContaining({ code }) as object;
const rows = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("vmap", () => {
  test("is a loop over rows, stacked", async () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum().add(x).softmax();
    const ys = tensor([
      [1, 0, 2],
      [0, 1, -1],
    ]);
    const loop = stack([0, 1].map((k) => f(rows.at(k), ys.at(k))));
    const wanted = await loop.data();
    for (const g of [vmap(f), jit(vmap(f)), eager(vmap(f)), vmap(jit(f))]) {
      const got = await g(rows, ys).data();
      got.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 6));
    }
  });

  test("runs the function once, on tensors of one element's shape", () => {
    let runs = 0;
    const shapes: unknown[] = [];
    vmap((x: Tensor) => {
      runs++;
      shapes.push(x.shape, x.ndim);
      return x;
    })(rows);
    expect([runs, shapes]).toEqual([1, [[3], 1]]);
  });

  test("takes axes, trees of axes, and what is the same for all", async () => {
    const f = (p: { w: Tensor; b: Tensor }, x: Tensor, k: number): Tensor => p.w.mul(x).add(p.b).mul(k);
    const p = { w: rows, b: tensor(1) };
    const g = vmap(f, { inAxes: [{ w: 1, b: null }, null, null] });
    // Columns of w by x.
    expect(await g(p, tensor([1, 10]), 2).toArray()).toEqual([
      [4, 82],
      [6, 102],
      [8, 122],
    ]);
    const last = vmap((x: Tensor) => x.mul(2), { inAxes: -1, outAxes: -1 });
    expect(await last(rows).toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
  });

  test("gives trees; null in outAxes for what is the same for all, numbers as they are", async () => {
    const c = tensor([7, 8]);
    const f = (x: Tensor): { s: Tensor; c: Tensor; d: Tensor; n: number } => ({
      s: x.sum(),
      c: c.add(1),
      d: c,
      n: x.shape[0]!,
    });
    const got = vmap(f, { outAxes: { s: 0, c: null, d: 1, n: null } })(rows);
    expect(await got.s.toArray()).toEqual([6, 15]);
    expect(await got.c.toArray()).toEqual([8, 9]);
    expect(await got.d.toArray()).toEqual([
      [7, 7],
      [8, 8],
    ]);
    expect(got.n).toBe(3);
  });

  test("of a Map and of a list of axes in it", async () => {
    const f = (m: Map<string, Tensor>): Tensor => m.get("a")!.add(m.get("b")!);
    const m = new Map([
      ["a", tensor([1, 2])],
      ["b", tensor(10)],
    ]);
    expect(await vmap(f, { inAxes: [{ a: 0, b: null }] })(m).toArray()).toEqual([11, 12]);
  });

  test("within itself is a double loop", async () => {
    const outer = vmap((x: Tensor) => vmap((y: Tensor) => x.mul(y))(tensor([1, 10])));
    expect(await outer(tensor([1, 2, 3])).toArray()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const table = vmap(
      vmap((x: Tensor, y: Tensor) => x.sub(y), { inAxes: [null, 0] }),
      { inAxes: [0, null] },
    );
    expect(await table(tensor([5, 6]), tensor([1, 2, 3])).toArray()).toEqual([
      [4, 3, 2],
      [5, 4, 3],
    ]);
  });

  test("of grad gives one gradient an element, grad of vmap their sum", async () => {
    const loss = (w: Tensor, x: Tensor): Tensor => w.mul(x).sum().square();
    const w = tensor([1, 1, 1]);
    const each = vmap(grad(loss), { inAxes: [null, 0] })(w, rows);
    expect(await each.toArray()).toEqual([
      [12, 24, 36],
      [120, 150, 180],
    ]);
    const total = grad((w: Tensor) => vmap(loss, { inAxes: [null, 0] })(w, rows).sum())(w);
    expect(await total.toArray()).toEqual([132, 174, 216]);
    const [, along] = jvp((x: Tensor) => vmap(loss, { inAxes: [null, 0] })(w, x), [rows], [1]);
    expect(await along.toArray()).toEqual([36, 90]);
  });

  test("of a pullback pulls many cotangents at once", async () => {
    const f = jit((x: Tensor) => {
      const [, pullback] = vjp((y: Tensor) => y.square(), x);
      return vmap((ct: Tensor) => pullback(ct)[0])(rows);
    });
    expect(await f(tensor([1, 2, 3])).toArray()).toEqual([
      [2, 8, 18],
      [8, 20, 36],
    ]);
  });

  test("of joined tensors, some the same for all", async () => {
    const f = (x: Tensor, k: Tensor): Tensor => concat([x.mul(k), tensor([1, 1]), x], { axis: 0 }).sum();
    expect(await vmap(f)(rows, tensor([1, 2])).toArray()).toEqual([14, 47]);
  });

  test("makes one matrix product of a product a row", async () => {
    const w = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const f = vmap((x: Tensor) => matmul(x, w).relu());
    const report = await inspect(f, rows);
    expect(report.optimized).toMatch(/f32\[2,2\] = matmul/);
    expect(await f(rows).toArray()).toEqual([
      [22, 28],
      [49, 64],
    ]);
  });

  test("replays, and numbers in it are promoted as elsewhere", async () => {
    const f = vmap((x: Tensor, k: number) => x.mul(k).sum(), { inAxes: [0, null] });
    f(rows, 1);
    f(rows, 2);
    const before = stats();
    expect(await f(rows, 3).toArray()).toEqual([18, 45]);
    expect(stats().traces - before.traces).toBe(0);
  });

  test("of no elements gives none", async () => {
    const none = tensor([], { shape: [0, 3], dtype: "float32" });
    const got = vmap((x: Tensor) => x.mul(2).sum())(none);
    expect([got.shape, await got.toArray()]).toEqual([[0], []]);
  });

  test("refuses axes that do not fit", () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(x, y);
    expect(() => vmap(f)(rows, tensor(1))).toThrow(fault("W1020"));
    expect(() => vmap(f, { inAxes: [0, 2] })(rows, rows)).toThrow(fault("W1020"));
    expect(() => vmap(f, { inAxes: [0] })(rows, rows)).toThrow(fault("W1020"));
    expect(() => vmap(f, { inAxes: [0, { a: 0 }] })(rows, rows)).toThrow(fault("W1020"));
    expect(() => vmap(f, { outAxes: 5 })(rows, rows)).toThrow(fault("W1020"));
    expect(() => vmap(f, { inAxes: [0, 1] })(rows, rows)).toThrow(fault("W1021"));
    expect(() => vmap(f, { inAxes: null })(rows, rows)).toThrow(fault("W1021"));
    expect(() => vmap(f, { outAxes: null })(rows, rows)).toThrow(fault("W1022"));
  });

  test("refuses a value kept from inside, and goes on after an exception", async () => {
    let kept: Tensor | undefined;
    vmap((x: Tensor) => (kept = x.square()).sum())(rows);
    expect(() => kept!.add(1)).toThrow(fault("W1003"));
    const f = jit((x: Tensor) => {
      try {
        vmap((y: Tensor): Tensor => {
          y.square();
          throw new Error("inside");
        })(x);
      } catch {
        return vmap((y: Tensor) => y.sum())(x);
      }
      return x;
    });
    for (let i = 0; i < 2; i++) expect(await f(rows).toArray()).toEqual([6, 15]);
  });
});
