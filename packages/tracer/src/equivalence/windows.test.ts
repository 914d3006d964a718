import { type Graph, hostTensor, interpret, parseGraph, type Target, vjpGraph } from "@weftjs/ir";
import { Runtime } from "@weftjs/runtime";
import { afterAll, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

// What conv2d records, with a stride, a dilation and a padding that reach every sort of border. A GPU gets tiles, or,
// where the inner axis is long, a split.
const convolution = (outputs: number, channels: number): Graph =>
  parseGraph(`graph(%x: f32[2,${channels},9,7], %w: f32[${outputs},${channels * 9}]) {
    %0: f32[2,${channels},1,1,9,7] = reshape %x {shape=[2,${channels},1,1,9,7]}
    %1: f32[2,${channels},3,3,9,7] = broadcastTo %0 {shape=[2,${channels},3,3,9,7]}
    %2: f32[2,${channels},3,3,5,8] = windows %1 {stride=[2,1], dilation=[1,2], low=[1,3], sizes=[5,8]}
    %3: f32[${channels},3,3,2,5,8] = transpose %2 {perm=[1,2,3,0,4,5]}
    %4: f32[${channels * 9},80] = reshape %3 {shape=[${channels * 9},80]}
    %5: f32[${outputs},80] = matmul %w, %4
    %6: f32[${outputs},2,40] = reshape %5 {shape=[${outputs},2,40]}
    %7: f32[2,${outputs},40] = transpose %6 {perm=[1,0,2]}
    return %7
  }`);

const numbers = (shape: readonly number[], seed: number): ReturnType<typeof hostTensor> => {
  const size = shape.reduce((a, b) => a * b, 1);
  return hostTensor(
    { dtype: "float32", shape },
    Float32Array.from({ length: size }, (_, k) => Math.sin(k * 1.7 + seed)),
  );
};

const targets: Record<string, Partial<Target>> = { software: {}, gpu: { kind: "gpu", maxStorageBuffers: 8 } };

for (const [outputs, channels] of [
  [6, 2],
  [3, 32],
] as const) {
  // prettier-ignore
  test.each(Object.keys(targets))(
    `a convolution of ${channels} to ${outputs} channels, and its gradients, with the kernels for a %s adapter`,
    async (kind) => {
      const forward = convolution(outputs, channels);
      for (const graph of [forward, vjpGraph(forward, [0, 1])]) {
        const inputs = graph.params.map((param, k) => numbers(param.shape, k));
        const wanted = interpret(graph, inputs);
        const got = await runGraph(runtime, graph, inputs, { fuse: true, target: targets[kind]! });
        for (const [k, { data }] of wanted.entries()) {
          const wrong = [...data].filter((value, i) => !(Math.abs(value - got[k]![i]!) < 1e-4 * (1 + Math.abs(value))));
          expect(wrong).toEqual([]);
        }
      }
    },
  );
}
