import { describe, expect, test } from "vitest";
import {
  add,
  asValue,
  constant,
  call,
  cos,
  DEFAULT_TARGET,
  exp,
  type Graph,
  GraphBuilder,
  gradient,
  iota,
  equal,
  astype,
  log,
  matmul,
  max,
  multiply,
  negative,
  optimize,
  type Operand,
  printSchedule,
  reshape,
  scheduleGraph,
  sin,
  divide,
  subtract,
  sum,
  tanh,
  type Target,
  type Value,
  type ValueLike,
  withRecorder,
  relu,
} from "../index.js";

type Body = (...inputs: Value[]) => readonly ValueLike[];

function graphOf(shapes: readonly (readonly number[])[], body: Body): Graph {
  const builder = new GraphBuilder("f");
  const params = shapes.map((shape, k) => builder.param({ dtype: "float32", shape }, `p${k}`));
  return builder.finish(withRecorder(builder, () => body(...params)).map(asValue));
}

function scheduled(
  graph: Graph,
  target: Target = { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: 12 },
): string {
  return printSchedule(scheduleGraph(optimize(graph), target, { fuse: true }));
}

function dispatches(graph: Graph): number {
  return scheduleGraph(
    optimize(graph),
    { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: 12 },
    { fuse: true },
  ).bundles.length;
}

/** Appends the gradients of `body` with respect to `wrt` behind its value. */
function withGradient(shapes: readonly (readonly number[])[], wrt: readonly number[], body: Body): Graph {
  const inner = graphOf(shapes, body);
  return graphOf(shapes, (...inputs) => {
    const [value] = call(inputs, { body: inner });
    return [value!, ...gradient([...inputs, one()], { body: inner, wrt, seeded: [0] })];
  });
}

const one = (): ValueLike => constant({ value: 1, dtype: "float32", shape: [] });
const keep = (x: ValueLike, axis: number): ValueLike =>
  reshape(x, { shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)] });
function softmax(x: ValueLike): ValueLike {
  const e = exp(subtract(x, keep(max(x, { axes: [1] }), 1)));
  return divide(e, keep(sum(e, { axes: [1] }), 1));
}
function logSoftmax(x: ValueLike): ValueLike {
  const shifted = subtract(x, keep(max(x, { axes: [1] }), 1));
  return subtract(shifted, log(keep(sum(exp(shifted), { axes: [1] }), 1)));
}
function crossEntropy(logits: ValueLike, labels: ValueLike): ValueLike {
  const [rows, classes] = logits.shape as [number, number];
  const hot = astype(equal(iota({ shape: [rows, classes], axis: 1, dtype: "float32" }), keep(labels, 1)), {
    dtype: "float32",
  });
  const picked = sum(multiply(hot, logSoftmax(logits)), { axes: [1] });
  return negative(divide(sum(picked, { axes: [0] }), rows));
}
const gelu = (x: Operand): ValueLike => multiply(multiply(x, 0.5), add(tanh(multiply(x, 0.79788)), 1));

describe("dispatches of", () => {
  test("two outputs of one map: 1", () => {
    expect(scheduled(graphOf([[100, 10]], (x) => [sin(x), cos(x)]))).toMatchInlineSnapshot(
      `"0: map 1000 { sin cos } (f32[100,10]) -> f32[100,10], f32[100,10]"`,
    );
  });
  test("softmax: 1", () => {
    expect(scheduled(graphOf([[100, 10]], (x) => [softmax(x)]))).toMatchInlineSnapshot(
      `"0: row 100 x 10 { max subtract exp sum divide } (f32[100,10]) -> f32[100,10]"`,
    );
  });
  test("the gradient of softmax: 1", () => {
    const body = graphOf(
      [
        [100, 10],
        [100, 10],
      ],
      (x, c) => [sum(multiply(softmax(x), c), { axes: [0, 1] })],
    );
    expect(
      scheduled(
        graphOf(
          [
            [100, 10],
            [100, 10],
          ],
          (x, c) => gradient([x, c, one()], { body, wrt: [0], seeded: [0] }),
        ),
      ),
    ).toMatchInlineSnapshot(
      `"0: row 100 x 10 { max subtract exp sum divide divide multiply negative sum add multiply negative sum equal astype sum divide multiply add } (f32[100,10], f32[100,10]) -> f32[100,10]"`,
    );
  });
  test("sum and max of one axis: 1", () => {
    expect(dispatches(graphOf([[64, 128]], (x) => [sum(x, { axes: [0] }), max(x, { axes: [0] })]))).toBe(1);
  });
  test("log-softmax with cross-entropy, value and gradient: 2", () => {
    expect(scheduled(withGradient([[100, 10], [100]], [0], (x, y) => [crossEntropy(x, y)])))
      .toMatchInlineSnapshot(`
        "0: row 100 x 10 { equal astype max subtract exp sum log subtract multiply sum multiply negative sum divide multiply add negative sum equal astype sum divide multiply add } (f32[100], f32[100,10]) -> f32[100], f32[100,10]
        1: row 1 x 100 { sum divide negative } (f32[100]) -> f32[]"
      `);
  });
  test("gelu(dot + b): 1", () => {
    expect(
      scheduled(graphOf([[32, 64], [64, 128], [128]], (x, w, b) => [gelu(add(matmul(x, w), b))])),
    ).toMatchInlineSnapshot(
      `"0: matmul 32 x 64 x 128 { matmul add multiply multiply tanh add multiply } (f32[128], f32[32,64], f32[64,128]) -> f32[32,128]"`,
    );
  });
  test("standardise, value and gradient: 1 each", () => {
    const f = (x: ValueLike): ValueLike => {
      const d = subtract(x, keep(divide(sum(x, { axes: [1] }), 64), 1));
      return divide(
        d,
        keep(exp(multiply(0.5, log(add(divide(sum(multiply(d, d), { axes: [1] }), 64), 1e-5)))), 1),
      );
    };
    expect(dispatches(graphOf([[32, 64]], (x) => [f(x)]))).toBe(1);
    const body = graphOf(
      [
        [32, 64],
        [32, 64],
      ],
      (x, c) => [sum(multiply(f(x), c), { axes: [0, 1] })],
    );
    expect(
      scheduled(
        graphOf(
          [
            [32, 64],
            [32, 64],
          ],
          (x, c) => gradient([x, c, one()], { body, wrt: [0], seeded: [0] }),
        ),
      ),
    ).toMatchInlineSnapshot(
      `"0: row 32 x 64 { sum multiply subtract square sum multiply add log multiply exp divide divide multiply negative sum multiply multiply divide multiply multiply add add negative sum multiply add } (f32[32,64], f32[32,64]) -> f32[32,64]"`,
    );
  });
  test("an MLP step with update: at most 8", () => {
    const shapes = [[784, 64], [64], [64, 10], [10], [100, 784], [100]];
    const body = graphOf(shapes, (w1, b1, w2, b2, x, y) => {
      const h = relu(add(matmul(x!, w1!), b1!));
      return [crossEntropy(add(matmul(h, w2!), b2!), y!)];
    });
    const step = graphOf(shapes, (...inputs) => {
      const [value] = call(inputs, { body });
      const grads = gradient([...inputs, one()], { body, wrt: [0, 1, 2, 3], seeded: [0] });
      return [value!, ...grads.map((g, k) => subtract(inputs[k]!, multiply(0.5, g)))];
    });
    expect(scheduled(step)).toMatchInlineSnapshot(`
      "0: matmul 100 x 784 x 64 { matmul add relu } (f32[64], f32[100,784], f32[784,64]) -> f32[100,64]
      1: matmul 100 x 64 x 10 { matmul add } (f32[10], f32[100,64], f32[64,10]) -> f32[100,10]
      2: row 100 x 10 { equal astype max subtract exp sum log subtract multiply sum multiply negative sum divide multiply add negative sum equal astype sum divide multiply add } (f32[100], f32[100,10]) -> f32[100], f32[100,10]
      3: matmul 100 x 10 x 64 { matmul greater where } (f32[100,64], f32[100,10], f32[64,10]) -> f32[100,64]
      4: matmul 64 x 100 x 10 { matmul multiply subtract } (f32[64,10], f32[100,64], f32[100,10]) -> f32[64,10]
      5: row 1 x 100 { sum divide negative } (f32[100]) -> f32[]
      5: row 10 x 100 { sum multiply subtract } (f32[10], f32[100,10]) -> f32[10]
      5: row 64 x 100 { sum multiply subtract } (f32[64], f32[100,64]) -> f32[64]
      6: matmul 784 x 100 x 64 { matmul multiply subtract } (f32[784,64], f32[100,784], f32[100,64]) -> f32[784,64]"
    `);
  });
});
