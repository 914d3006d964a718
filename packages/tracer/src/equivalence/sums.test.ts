import { DEFAULT_TARGET, hostTensor, optimize, parseGraph, type Target } from "@weftjs/ir";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());
await runtime.ready();

const TARGETS: [string, Partial<Target>][] = [
  ["this adapter", {}],
  ["a GPU", { kind: DEFAULT_TARGET.kind }],
];

/** What each result should be, as a share of it. */
async function errors(
  text: string,
  value: number,
  wanted: readonly number[],
  target: Partial<Target>,
): Promise<number[]> {
  const graph = parseGraph(text);
  const inputs = graph.params.map(({ type, size }) => hostTensor(type, new Float64Array(size).fill(value)));
  const got = await runGraph(runtime, optimize(graph), inputs, { fuse: true, target });
  return got.map((data, k) => Math.max(...data.map((x) => Math.abs(x / wanted[k]! - 1))));
}

test.each(TARGETS)("16 million values of 0.1 sum to a millionth, as %s sums them", async (_, target) => {
  const tenth = Math.fround(0.1);
  const text = `graph(%x: f32[16000000]) {
    %0: f32[4000,4000] = reshape %x {shape=[4000,4000]}
    %1: f32[] = sum %x {axes=[0]}
    %2: f32[4000] = sum %0 {axes=[0]}
    %3: f32[4000] = sum %0 {axes=[1]}
    return %1, %2, %3
  }`;
  const [all, columns, rows] = await errors(text, tenth, [16e6 * tenth, 4000 * tenth, 4000 * tenth], target);
  expect(all).toBeLessThan(1e-6);
  expect(columns).toBeLessThan(1e-6);
  expect(rows).toBeLessThan(1e-6);
});

describe.skipIf(!runtime.target!.hasFloat16)("float16 is summed in float32:", () => {
  const tenth = 0.0999755859375; // The nearest float16 to 0.1.
  /** Of the result; a product in slices rounds these as well. */
  const rounding = 2 ** -11;

  test.each(TARGETS)("sums and products of thousands, on %s", async (_, target) => {
    const text = `graph(%x: f16[64,8000], %y: f16[8000,8], %z: f16[300,8]) {
      %0: f16[64] = sum %x {axes=[1]}
      %1: f16[8] = sum %y {axes=[0]}
      %2: f16[] = sum %x {axes=[0,1]}
      %3: f16[64,8] = matmul %x, %y
      %4: i32[300,8] = constant {dtype=int32, shape=[300,8], value=0}
      %5: f16[1,8] = scatterAdd %4, %z {axis=0, size=1}
      return %0, %1, %2, %3, %5
    }`;
    const wanted = [8000 * tenth, 8000 * tenth, 64 * 8000 * tenth, 8000 * tenth * tenth, 300 * tenth];
    for (const error of await errors(text, tenth, wanted, target)) expect(error).toBeLessThan(2 * rounding);
  });
});
