import { describe, expect, test } from "vitest";
import "../index.js";
import { type HostTensor, hostTensor, interpret } from "../interpreter/index.js";
import { allOps, defineOp } from "../define-op.js";
import { optimize } from "../passes/pipeline.js";
import { f64, graphOf, opGraph, sampleOperands, tensorOf } from "../testing/run-op.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { isFloat, type TensorType } from "../types.js";
import { jvpGraph } from "../autodiff/jvp-graph.js";
import { vjpGraph } from "../autodiff/vjp-graph.js";
import type { Graph } from "../graph.js";
import { batchGraph } from "./batch-graph.js";

const VECTOR: TensorType = { dtype: "float64", shape: [3] };

/** Every way to have some of the operands differ. */
function masks(count: number): number[][] {
  const all = Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (_, k) => k).filter((k) => (bits + 1) & (1 << k)),
  );
  return count > 3 ? [all[0]!, all.at(-1)!] : all;
}

/** As many different operands as calls; integers stay what they were, so that they stay in range. */
function variants(operand: HostTensor, size: number): readonly HostTensor[] {
  const count = Math.max(1, operand.data.length);
  return Array.from({ length: size }, (_, call) =>
    hostTensor(
      operand.type,
      operand.data.map((_, i) => operand.data[(i + call) % count]!),
    ),
  );
}

function stack(tensors: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = tensors[0]!.type;
  return tensorOf(
    dtype,
    tensors.flatMap(({ data }) => [...data]),
    [tensors.length, ...shape],
  );
}

const ordinary = allOps()
  .filter((op) => op.kind !== "region" && op.kind !== "loop" && op.kind !== "source")
  .map((op) => [op.name, op] as const);

describe.each(ordinary)("a batch of %s", (_, op) => {
  test("equals a loop, whichever operands differ", () => {
    for (const sample of op.samples) {
      const operands = sampleOperands(op, sample);
      const types = operands.map(({ type }) => type);
      const graph = opGraph(op, types, sample.attrs);
      for (const differing of masks(operands.length)) {
        const calls = operands.map((operand, k) => variants(operand, differing.includes(k) ? 3 : 1));
        const batch = batchGraph(graph, differing, 3);
        verifyGraph(batch);
        const [got] = interpret(
          batch,
          calls.map((list, k) => (differing.includes(k) ? stack(list) : list[0]!)),
        );
        const wanted = [0, 1, 2].map(
          (call) =>
            interpret(
              graph,
              calls.map((list) => list[call % list.length]!),
            )[0]!,
        );
        expect(got!.type).toEqual(stack(wanted).type);
        expect([...got!.data].map((x) => x + 0)).toEqual([...stack(wanted).data].map((x) => x + 0));
      }
    }
  });

  test("of no calls has no elements", () => {
    const operands = sampleOperands(op, op.samples[0]!);
    const types = operands.map(({ type }) => type);
    const graph = opGraph(op, types, op.samples[0]!.attrs);
    const everything = [...operands.keys()];
    const batch = batchGraph(graph, everything, 0);
    const none = operands.map(({ type }) => tensorOf(type.dtype, [], [0, ...type.shape]));
    expect(interpret(batch, none)[0]!.type.shape).toEqual([0, ...graph.results[0]!.shape]);
  });
});

const differentiable = ordinary.filter(([, op]) => op.vjp !== null);

describe.each(differentiable)("derivatives and batches of %s", (_, op) => {
  const cases = op.samples.map((sample) => {
    const operands = sampleOperands(op, sample);
    const types = operands.map(({ type }) => type);
    const graph = opGraph(op, types, sample.attrs);
    const wrt = [...operands.keys()].filter((k) => isFloat(types[k]!.dtype));
    return { graph, wrt, calls: operands.map((operand) => variants(operand, 2)) };
  });
  const smooth = cases.filter(({ graph }) => isFloat(graph.results[0]!.dtype));

  test.each([
    ["gradients", (graph: Graph, wrt: readonly number[]) => vjpGraph(graph, wrt)],
    ["tangents", (graph: Graph, wrt: readonly number[]) => jvpGraph(graph, wrt)],
  ] as const)("%s of a batch, and a batch of them, are those of each call", (_name, derive) => {
    for (const { graph, wrt, calls } of smooth) {
      const one = derive(graph, wrt);
      const extra = one.params.slice(graph.params.length).map(({ type, size }, k) =>
        [0, 1].map((call) => {
          const data = Float64Array.from(
            { length: size },
            (_x, i) => ((i * 0.618 + k * 0.3 + call * 0.7) % 1) - 0.4,
          );
          return hostTensor(type, data);
        }),
      );
      const inputs = [...calls, ...extra];
      const wanted = [0, 1].map((call) =>
        interpret(
          one,
          inputs.map((list) => list[call]!),
        ),
      );
      const everything = [...inputs.keys()];
      const stacked = inputs.map(stack);
      const batches = [batchGraph(one, everything, 2), derive(batchGraph(graph, [...calls.keys()], 2), wrt)];
      for (const batch of batches) {
        for (const [k, { type, data }] of interpret(batch, stacked).entries()) {
          const own = stack(wanted.map((results) => results[k]!));
          expect(type).toEqual(own.type);
          for (const [i, x] of own.data.entries())
            if (!Object.is(x, data[i])) expect(data[i]).toBeCloseTo(x, 9);
        }
      }
    }
  });
});

describe("the batch of a graph", () => {
  test("computes once what is the same for all, and repeats results of that kind", () => {
    const text = `graph(%x: f32[3], %w: f32[3]) {
      %0: f32[3] = exp %w
      %1: f32[3] = multiply %x, %0
      %2: f32[] = sum %1 {axes=[0]}
      return %2, %0
    }`;
    expect(printGraph(batchGraph(parseGraph(text), [0], 8))).toMatchInlineSnapshot(`
      "graph(%x: f32[8,3], %w: f32[3]) {
        %0: f32[3] = exp %w
        %1: f32[8,3] = broadcastTo %0 {shape=[8,3]}
        %2: f32[8,3] = multiply %x, %1
        %3: f32[8] = sum %2 {axes=[1]}
        %4: f32[8,3] = broadcastTo %0 {shape=[8,3]}
        return %3, %4
      }"
    `);
  });

  test("makes one product of rows with one matrix", () => {
    const text = `graph(%x: f32[1,3], %w: f32[3,4]) { %0: f32[1,4] = matmul %x, %w return %0 }`;
    expect(printGraph(optimize(batchGraph(parseGraph(text), [0], 8)))).toMatchInlineSnapshot(`
      "graph(%x: f32[8,1,3], %w: f32[3,4]) {
        %0: f32[8,3] = reshape %x {shape=[8,3]}
        %1: f32[8,4] = matmul %0, %w
        %2: f32[8,1,4] = reshape %1 {shape=[8,1,4]}
        return %2
      }"
    `);
  });

  test("of an op without a rule is one call after another", () => {
    const lonely = defineOp<["x"], { readonly by: number }>({
      kind: "movement",
      name: "lonely",
      operands: ["x"],
      infer: ([x]) => x,
      sources: (at, { by }, ix, [x]) => [
        { operand: 0, at: at.with(0, ix.mod(ix.add(at[0]!, by), x!.shape[0]!)) },
      ],
      vjp: null,
      samples: [],
    });
    const graph = batchGraph(
      graphOf([VECTOR], (x) => lonely(x!, { by: 1 })),
      [0],
      2,
    );
    expect([...interpret(graph, [f64([1, 2, 3, 4, 5, 6], [2, 3])])[0]!.data]).toEqual([2, 3, 1, 5, 6, 4]);
  });
});
