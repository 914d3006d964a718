import { describe, expect, test } from "vitest";
import { batchGraph } from "../batching/index.js";
import "../index.js";
import { interpret } from "../interpreter/index.js";
import * as ops from "../ops/index.js";
import { f64, graphOf } from "../testing/run-op.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import type { TensorType } from "../types.js";
import { batched, call, customGradient, gradient, pushforward } from "./index.js";
import { jvpGraph } from "./jvp-graph.js";
import { vjpGraph } from "./vjp-graph.js";

const SCALAR: TensorType = { dtype: "float64", shape: [] };
const VECTOR: TensorType = { dtype: "float64", shape: [3] };

describe("region ops", () => {
  const cube = graphOf([SCALAR], (x) => ops.multiply(x!, ops.square(x!)));

  test("print and parse with their bodies", () => {
    const graph = graphOf([SCALAR, VECTOR], (x, xs) => [
      ...pushforward([x!, x!], { body: cube, wrt: [0], of: [0] }),
      ...batched([xs!], { body: cube, batched: [0], size: 3 }),
      ...customGradient([x!, x!], { backward: cube, values: 1 }),
    ]);
    verifyGraph(graph);
    const text = printGraph(graph);
    expect(printGraph(parseGraph(text))).toBe(text);
    const [tangent, cubes, value] = interpret(graph, [f64([2], []), f64([1, 2, 3])]);
    expect([tangent!.data[0], [...cubes!.data], value!.data[0]]).toEqual([24, [1, 8, 27], 2]);
  });

  test("nest: a batch of gradients is the gradient of a batch", () => {
    const slopes = graphOf([SCALAR, SCALAR], (x, ct) =>
      gradient([x!, ct!], { body: cube, wrt: [0], seeded: [0] }),
    );
    const each = graphOf([VECTOR, VECTOR], (x, ct) =>
      batched([x!, ct!], { body: slopes, batched: [0, 1], size: 3 }),
    );
    const cubes = graphOf([VECTOR], (x) => batched([x!], { body: cube, batched: [0], size: 3 }));
    const whole = graphOf([VECTOR, VECTOR], (x, ct) =>
      gradient([x!, ct!], { body: cubes, wrt: [0], seeded: [0] }),
    );
    const inputs = [f64([1, 2, 3]), f64([1, 10, 100])];
    expect([...interpret(each, inputs)[0]!.data]).toEqual([3, 120, 2700]);
    expect([...interpret(whole, inputs)[0]!.data]).toEqual([3, 120, 2700]);
  });

  test("a custom gradient holds in both directions, in batches, and not for the value", () => {
    // The value is x, its gradient twice the cotangent times k.
    const backward = graphOf([SCALAR, SCALAR], (ct, k) => ops.multiply(ops.multiply(ct!, k!), 2));
    const one = graphOf([SCALAR, SCALAR], (x, k) =>
      customGradient([ops.exp(x!), x!, k!], { backward, values: 1 }),
    );
    const [x, k] = [f64([0], []), f64([5], [])];
    expect(interpret(one, [x, k])[0]!.data[0]).toBe(1);
    const reverse = interpret(vjpGraph(one, [0, 1]), [x, k, f64([3], [])]);
    expect(reverse.map(({ data }) => data[0])).toEqual([30, 0]);
    expect(interpret(jvpGraph(one, [0]), [x, k, f64([3], [])])[0]!.data[0]).toBe(30);

    const many = batchGraph(one, [0], 3);
    const [slopes, factor] = interpret(vjpGraph(many, [0, 1]), [f64([0, 1, 2]), k, f64([1, 2, 3])]);
    expect([[...slopes!.data], factor!.data[0]]).toEqual([[10, 20, 30], 0]);
    const inCall = graphOf([SCALAR, SCALAR], (x, k) => call([x!, k!], { body: one }));
    expect(interpret(vjpGraph(inCall, [0]), [x, k, f64([3], [])])[0]!.data[0]).toBe(30);
  });
});
