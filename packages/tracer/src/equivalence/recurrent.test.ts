import { compile } from "@weftjs/codegen-wgsl";
import {
  add,
  asValue,
  DEFAULT_TARGET,
  elementCount,
  gather,
  type Graph,
  GraphBuilder,
  hostTensor,
  interpret,
  matmul,
  max,
  multiply,
  optimize,
  type Program,
  reshape,
  sigmoid,
  slice,
  sum,
  tanh,
  type Target,
  type TensorType,
  type Value,
  type ValueLike,
  vjpGraph,
  withRecorder,
  astype,
} from "@weftjs/ir";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

function graphOf(types: readonly TensorType[], body: (...params: Value[]) => readonly ValueLike[]): Graph {
  const builder = new GraphBuilder("f");
  const params = types.map((type) => builder.param(type));
  return builder.finish(withRecorder(builder, () => body(...params)).map(asValue));
}

const f32 = (...shape: number[]): TensorType => ({ dtype: "float32", shape });

/** Columns of a matrix. */
function columns(x: ValueLike, from: number, count: number): ValueLike {
  return slice(x, { starts: [0, from], sizes: [x.shape[0]!, count], strides: [1, 1] });
}

/** The loss of an unrolled LSTM, written step by step as users write it, and its gradients to the weights. */
function unrolled(steps: number, batch: number, inputs: number, hidden: number): Graph {
  const types = [
    f32(steps, batch, inputs),
    f32(inputs, 4 * hidden),
    f32(hidden, 4 * hidden),
    f32(batch, hidden),
  ];
  const loss = graphOf(types, (xs, wx, wh, start) => {
    let [h, c]: [ValueLike, ValueLike] = [start!, start!];
    let total: ValueLike = sum(start!, { axes: [0, 1] });
    for (let t = 0; t < steps; t++) {
      const row = slice(xs!, { starts: [t, 0, 0], sizes: [1, batch, inputs], strides: [1, 1, 1] });
      const z = add(matmul(reshape(row, { shape: [batch, inputs] }), wx!), matmul(h, wh!));
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => columns(z, k * hidden, hidden)) as [
        ValueLike,
        ValueLike,
        ValueLike,
        ValueLike,
      ];
      c = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)));
      h = multiply(sigmoid(o), tanh(c));
      total = add(total, sum(multiply(h, h), { axes: [0, 1] }));
    }
    return [total];
  });
  return vjpGraph(loss, [1, 2]);
}

function inputsOf(graph: Graph) {
  return graph.params.map(({ type }, k) =>
    hostTensor(
      type,
      Float32Array.from({ length: elementCount(type.shape) }, (_, i) =>
        type.dtype === "int32" ? ((i * 5 + k) % 19) - 2 : (((i * 7 + k * 3) % 13) - 6) / 12,
      ),
    ),
  );
}

async function expectSame(graph: Graph, target: Partial<Target> = {}): Promise<void> {
  const inputs = inputsOf(graph);
  const wanted = interpret(graph, inputs);
  const got = await runGraph(runtime, optimize(graph), inputs, { fuse: true, target });
  for (const [k, { data }] of wanted.entries()) {
    expect(Math.max(...[...data].map((value, i) => Math.abs(value - got[k]![i]!)))).toBeLessThan(1e-4);
  }
}

// Rows of 5 · 20 and 4 · 64 elements: where steps read, bindings start at and besides aligned places.
test.each([
  [5, 20, 6],
  [4, 64, 4],
])(
  "an unrolled LSTM has the gradients of the interpreter: batch %i, %i inputs, %i hidden",
  async (...sizes) => {
    await expectSame(unrolled(5, ...sizes));
  },
);

describe("of an unrolled LSTM", () => {
  const program = (steps: number, ...sizes: readonly [number, number, number]): Program =>
    compile(optimize(unrolled(steps, ...sizes)), {
      target: { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: 12 },
    });

  // Forwards a product with the state and the rest of the cell; backwards the same two, and what the loss of the step
  // takes. Besides those of all steps together: the product of the inputs, and that of each weight's gradient.
  test("value and gradient take at most 6 dispatches a step", () => {
    expect(program(20, 8, 16, 32).dispatches.length / 20).toBeLessThanOrEqual(6);
  });

  // Rows of 8 · 16 elements begin at multiples of 256 bytes, rows of 5 · 6 nearly never.
  test.each([
    [8, 16, 32],
    [5, 20, 6],
  ])("steps share their kernels, 20 or 100 of them: batch %i, %i inputs, %i hidden", (...sizes) => {
    expect(program(100, ...sizes).kernels.length).toBe(program(20, ...sizes).kernels.length);
  });
});

test("an index that the kernel has just reduced is read lane by lane", async () => {
  // The largest of each column picks a row of a table: rows are vectors in this kernel.
  const graph = graphOf([f32(3, 8), f32(20)], (x, table) => [
    gather(table!, astype(add(multiply(max(x!, { axes: [0] }), 12), 0.25), { dtype: "int32" }), { axis: 0 }),
  ]);
  await expectSame(graph);
});
