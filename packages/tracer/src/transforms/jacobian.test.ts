import { describe, expect, test } from "vitest";
import {
  grad,
  hessian,
  init,
  jacfwd,
  jacrev,
  jit,
  matmul,
  type NestedNumbers,
  stats,
  sum,
  type Tensor,
  tensor,
  vmap,
} from "../index.js";

await init({ device: "cpu" }); // Before the first tensor.

const x = tensor([1, 2, 3]);

describe.each([
  ["jacfwd", jacfwd],
  ["jacrev", jacrev],
] as const)("%s", (_, jacobian) => {
  test("has a row for each element of the result and a column for each of the argument", async () => {
    const f = (x: Tensor): Tensor => matmul(tensor([[1, 2, 3], [4, 5, 6]]), x.square()); // prettier-ignore
    expect(await jacobian(f)(x).toArray()).toEqual([
      [2, 8, 18],
      [8, 20, 36],
    ]);
    expect(await jit(jacobian(jit(f)))(x).toArray()).toEqual([
      [2, 8, 18],
      [8, 20, 36],
    ]);
  });

  test("of scalars: a gradient, a tangent, a number", async () => {
    expect(await jacobian((x: Tensor) => x.square().sum())(x).toArray()).toEqual([2, 4, 6]);
    expect(await jacobian((a: Tensor) => x.mul(a))(tensor(2)).toArray()).toEqual([1, 2, 3]);
    expect(await jacobian((a: number) => x.mul(a).sum())(2).item()).toBe(6);
  });

  test("of trees: for each result a tree like the argument", async () => {
    const f = (p: { a: Tensor; b: Tensor }, k: number): { s: Tensor; y: Tensor; n: number } => ({
      s: p.a.sum().mul(p.b).mul(k),
      y: p.a.mul(p.b),
      n: 4,
    });
    const j = jacobian(f)({ a: x, b: tensor(2) }, 10) as {
      s: { a: Tensor; b: Tensor };
      y: { a: Tensor; b: Tensor };
      n: number;
    };
    expect(await j.s.a.toArray()).toEqual([20, 20, 20]);
    expect(await j.s.b.item()).toBe(60);
    expect(await j.y.a.toArray()).toEqual([
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
    ]);
    expect(await j.y.b.toArray()).toEqual([1, 2, 3]);
    expect(j.n).toBe(4);
  });

  test("of matrices has the axes of the result, then those of the argument", async () => {
    const w = tensor([[1, 2], [3, 4]]); // prettier-ignore
    const j = jacobian((x: Tensor) => x.transpose().mul(w))(tensor([[5, 6], [7, 8]])); // prettier-ignore
    expect(j.shape).toEqual([2, 2, 2, 2]);
    expect(await j.at(0, 1).toArray()).toEqual([
      [0, 0],
      [2, 0],
    ]);
  });

  test("replays, and refuses what is no float", () => {
    const f = jacobian((x: Tensor) => x.square());
    f(x);
    const before = stats();
    f(x);
    expect(stats().traces - before.traces).toBe(0);
    const wanted = expect.objectContaining({ code: "W1024" }) as object;
    expect(() => jacobian((x: Tensor) => x.astype("int32"))(x)).toThrow(wanted);
  });

  test("inside vmap is one Jacobian a row", async () => {
    const rows = tensor([[1, 2], [3, 4]]); // prettier-ignore
    const each = vmap((x: Tensor) => jacobian((y: Tensor) => y.square().mul(x.sum()))(x))(rows);
    expect(await each.toArray()).toEqual([
      [
        [6, 0],
        [0, 12],
      ],
      [
        [42, 0],
        [0, 56],
      ],
    ]);
  });
});

describe("hessian", () => {
  const w = tensor([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6]]); // prettier-ignore
  const input = tensor([0.3, -0.7, 1.1]);
  const net = (b: Tensor, x: Tensor): Tensor => {
    const hidden = matmul(w, x.mul(b)).tanh();
    return sum(hidden.mul(b.at([0, 2])).square()).add(b.exp().mul(x).sum());
  };

  async function matrix(of: Tensor): Promise<number[][]> {
    return (await of.toArray()) as NestedNumbers[] as number[][];
  }

  test("of a small net is what differences of its gradient show, and symmetric", async () => {
    const at = [0.2, -0.4, 0.6];
    const exact = await matrix(hessian(net)(tensor(at), input));
    const step = 1e-2;
    for (let i = 0; i < 3; i++) {
      const moved = (h: number): Promise<number[]> =>
        grad(net)(tensor(at.with(i, at[i]! + h)), input).toArray() as Promise<number[]>;
      const [above, below] = await Promise.all([moved(step), moved(-step)]);
      for (let j = 0; j < 3; j++) {
        expect(exact[i]![j]).toBeCloseTo((above[j]! - below[j]!) / (2 * step), 3);
        expect(exact[i]![j]).toBeCloseTo(exact[j]![i]!, 5);
      }
    }
  });

  test("is jacfwd of jacrev, and every other way round", async () => {
    const b = tensor([0.2, -0.4, 0.6]);
    const wanted = (await matrix(hessian(net)(b, input))).flat();
    const ways = [
      jacfwd(jacrev(net)),
      jacrev(jacfwd(net)),
      jacfwd(jacfwd(net)),
      jacrev(jacrev(net)),
      jacfwd(grad(net)),
      jit(hessian(net)),
    ];
    for (const way of ways) {
      const got = (await matrix((way as typeof net)(b, input))).flat();
      got.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
    }
  });
});
