import { expect } from "vitest";
import { grad, jit, type Tensor, tensor } from "../../index.js";
import { runTransformed } from "./run-transformed.js";

/** What the function `f` gives for numbers untransformed, for numbers, for tensors, and for tensors under jit. */
export async function bothWays(source: string, ...args: number[][]): Promise<void> {
  const { exports } = runTransformed(source);
  const plain = new Function(`${source.replace(/export /g, "")}; return f`)() as (
    ...args: number[]
  ) => number;
  const compiled = jit(exports.f);
  for (const numbers of args) {
    const expected = plain(...numbers);
    expect(exports.f(...numbers)).toBe(expected);
    const tensors = numbers.map((x) => tensor(x));
    expect(await number(exports.f(...tensors))).toBeCloseTo(expected, 4);
    expect(await number(compiled(...tensors))).toBeCloseTo(expected, 4);
  }
}

/** Its slope under jit, against the difference quotient of what it gives for numbers. The points are no kinks. */
export async function slopes(source: string, ...points: number[]): Promise<void> {
  const { exports } = runTransformed(source);
  const slope = jit(grad(exports.f)) as (x: Tensor) => Tensor;
  for (const x of points) {
    const difference = (exports.f(x + 1e-4) - exports.f(x - 1e-4)) / 2e-4;
    expect(await number(slope(tensor(x)))).toBeCloseTo(difference, 3);
  }
}

/** A function may come to a number that no tensor decides on. */
async function number(x: Tensor | number): Promise<number> {
  return typeof x === "number" ? x : (await x.data())[0]!;
}
