import { describe, expect, test } from "vitest";
import { checkGrads, customVjp, init, matmul, type Tensor, tensor } from "../index.js";

await init({ device: "cpu" }); // Before the first tensor.

describe("checkGrads", () => {
  test("holds for right derivatives, of trees and to second order", async () => {
    const f = (p: { w: Tensor; b: Tensor }, x: Tensor): { y: Tensor; i: Tensor } => {
      const y = matmul(p.w, x).add(p.b).tanh();
      return { y, i: y.greater(0) };
    };
    const p = { w: tensor([[0.5, -0.3], [0.1, 0.9]]), b: tensor([0.1, 0.2]) }; // prettier-ignore
    await checkGrads((p: { w: Tensor; b: Tensor }, x: Tensor) => f(p, x).y, [p, tensor([1, -2])], {
      order: 2,
    });
    await checkGrads((x: Tensor, k: number) => x.exp().mul(k), [tensor([0.1, 2]), 3]);
  });

  test("is sharp in float64", async () => {
    const x = tensor([0.5, 1.5], { dtype: "float64" });
    await checkGrads((x: Tensor) => x.sin().sum(), [x], { order: 2, rtol: 1e-7, atol: 1e-8 });
    const nearly = customVjp(
      (x: Tensor) => x.sin(),
      (x) => [x.sin(), x],
      (x, ct) => [ct.mul(x.cos()).mul(1.0001)],
    );
    await expect(checkGrads((x: Tensor) => nearly(x), [x])).rejects.toMatchObject({ code: "W1026" });
  });

  test("names the element that is furthest off", async () => {
    const wrong = customVjp(
      (x: Tensor) => x.square(),
      (x) => [x.square(), x],
      (x, ct) => [ct.mul(x).mul(tensor([2, 2.5, 5]))],
    );
    const f = (x: Tensor): Tensor => wrong(x);
    const error = await checkGrads(f, [tensor([1, 2, 3])]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "W1026" });
    expect((error as Error).message).toMatch(/derivatives of f by vjp differ .* in 2 of 3 elements/);
    expect((error as Error).message).toMatch(/worst at x, element 2: vjp gives/);
  });

  test("sees NaN, and wrong second derivatives", async () => {
    const bad = customVjp(
      (x: Tensor) => x.mul(2),
      (x) => [x.mul(2), null],
      (_, ct) => [ct.mul(NaN)],
    );
    await expect(checkGrads((x: Tensor) => bad(x), [tensor([1])])).rejects.toMatchObject({ code: "W1026" });
    // The gradient 3 x² is right; it is said to be constant.
    const stiff = customVjp(
      (x: Tensor) => x.mul(x).mul(x),
      (x) => [x.mul(x).mul(x), x.square().mul(3).stopGradient()],
      (slope, ct) => [ct.mul(slope)],
    );
    const f = (x: Tensor): Tensor => stiff(x);
    await checkGrads(f, [tensor([1, 2])]);
    const error = await checkGrads(f, [tensor([1, 2])], { order: 2 }).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/the second derivatives of gradient of f by vjp/);
  });
});
