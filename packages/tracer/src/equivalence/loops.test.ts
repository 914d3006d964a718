import {
  batchGraph,
  type Graph,
  type HostTensor,
  hostTensor,
  interpret,
  jvpGraph,
  optimize,
  parseGraph,
  type TensorType,
  vjpGraph,
} from "@weftjs/ir";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

/** A recurrent net over given rows, of sizes that are no multiples of four, with rows made and a mean at the end. */
const RECURRENT = parseGraph(`graph(%h: f32[2,5], %xs: f32[7,2,3], %w: f32[3,5], %u: f32[5,5]) {
  %0: f32[2,5], %1: f32[7,2,5] = loop %h, %xs, %w, %u {body=graph(%t: i32[], %h: f32[2,5], %x: f32[2,3], %w: f32[3,5], %u: f32[5,5]) {
    %0: f32[2,5] = matmul %x, %w
    %1: f32[2,5] = matmul %h, %u
    %2: f32[2,5] = add %0, %1
    %3: f32[2,5] = tanh %2
    %4: f32[] = astype %t {dtype=float32}
    %5: f32[2,5] = broadcastTo %4 {shape=[2,5]}
    %6: f32[2,5] = multiply %3, %5
    return %3, %6
  },carried=1,count=7,scanned=1}
  %2: f32[2,5] = square %0
  return %2, %1
}`);

/** Newton's method for the square root of each element, until all have it; how often, too. */
const NEWTON = parseGraph(`graph(%a: f32[3], %x: f32[3]) {
  %0: bool[] = constant {dtype=bool,shape=[],value=1}
  %1: bool[], %2: f32[3], %3: i32[] = loop %0, %x, %a {body=graph(%t: i32[], %go: bool[], %x: f32[3], %a: f32[3]) {
    %0: f32[3] = divide %a, %x
    %1: f32[3] = add %x, %0
    %2: f32[3] = constant {dtype=float32,shape=[3],value=0.5}
    %3: f32[3] = multiply %1, %2
    %4: f32[3] = subtract %3, %x
    %5: f32[3] = abs %4
    %6: f32[] = max %5 {axes=[0]}
    %7: f32[] = constant {dtype=float32,shape=[],value=0.001}
    %8: bool[] = greater %6, %7
    return %8, %3
  },carried=2,count=null}
  return %2, %3
}`);

/** A loop in a loop: each row is halved until it is small, the rest of all rows is added up. */
const NESTED = parseGraph(`graph(%rows: f32[4,3]) {
  %0: f32[3] = constant {dtype=float32,shape=[3],value=0}
  %1: f32[3], %2: f32[4,3] = loop %0, %rows {body=graph(%t: i32[], %sum: f32[3], %row: f32[3]) {
    %0: bool[] = constant {dtype=bool,shape=[],value=1}
    %1: bool[], %2: f32[3], %3: i32[] = loop %0, %row {body=graph(%t: i32[], %go: bool[], %x: f32[3]) {
      %0: f32[3] = constant {dtype=float32,shape=[3],value=0.5}
      %1: f32[3] = multiply %x, %0
      %2: f32[] = max %1 {axes=[0]}
      %3: f32[] = constant {dtype=float32,shape=[],value=1}
      %4: bool[] = greater %2, %3
      return %4, %1
    },carried=2,count=null}
    %4: f32[3] = add %sum, %2
    return %4, %2
  },carried=1,count=4,scanned=1}
  return %1, %2
}`);

function numbers({ dtype, shape }: TensorType, seed: number): HostTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return hostTensor(
    { dtype, shape },
    Float32Array.from({ length: count }, (_, i) => ((i * 7 + seed * 5) % 11) / 11 - 0.4),
  );
}

async function expectSame(graph: Graph, inputs: readonly HostTensor[]): Promise<void> {
  const wanted = interpret(graph, inputs, { precision: "storage" });
  for (const fuse of [true, false]) {
    for (const kind of ["software", "gpu"] as const) {
      const got = await runGraph(runtime, optimize(graph), inputs, { fuse, target: { kind } });
      wanted.forEach(({ data }, k) => {
        data.forEach((value, i) => expect(got[k]![i]).toBeCloseTo(value, 4));
      });
    }
  }
}

const inputs = RECURRENT.params.map(({ type }, k) => numbers(type, k));
const roots = [hostTensor({ dtype: "float32", shape: [3] }, Float32Array.of(2, 9, 30))];
roots.push(hostTensor({ dtype: "float32", shape: [3] }, Float32Array.of(1, 1, 1)));
const ones = (type: TensorType): HostTensor => {
  const tensor = numbers(type, 0);
  return { ...tensor, data: tensor.data.map(() => 1) };
};

describe("on the adapter, as in the interpreter,", () => {
  test("a loop of known count, and its derivatives", async () => {
    await expectSame(RECURRENT, inputs);
    const cts = RECURRENT.results.map(({ type }) => ones(type));
    const pulled = vjpGraph(RECURRENT, [0, 1, 2, 3], { keepResults: true });
    await expectSame(pulled, [...inputs, ...cts]);
    await expectSame(jvpGraph(RECURRENT, [3]), [...inputs, ones(RECURRENT.params[3]!.type)]);
  });

  test("a loop until something comes true, and its derivatives", async () => {
    await expectSame(NEWTON, roots);
    const pulled = vjpGraph(NEWTON, [0], { seeded: [0], keepResults: true });
    await expectSame(pulled, [...roots, ones(NEWTON.results[0]!.type)]);
    await expectSame(jvpGraph(NEWTON, [0], { of: [0] }), [...roots, ones(NEWTON.params[0]!.type)]);
  });

  test("a loop in a loop, and its gradient", async () => {
    const rows = [numbers({ dtype: "float32", shape: [4, 3] }, 1)];
    rows[0]!.data.forEach((x, i) => (rows[0]!.data[i] = 40 * x));
    await expectSame(NESTED, rows);
    const pulled = vjpGraph(NESTED, [0], { seeded: [0, 1] });
    await expectSame(pulled, [...rows, ...NESTED.results.map(({ type }) => ones(type))]);
  });

  test("a batch of loops", async () => {
    const many = batchGraph(NEWTON, [0], 4);
    await expectSame(many, [numbers({ dtype: "float32", shape: [4, 3] }, 2), roots[1]!].map(positive));
  });
});

function positive(tensor: HostTensor): HostTensor {
  return { ...tensor, data: tensor.data.map((x) => 1 + Math.abs(x)) };
}
