import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../builder.js";
import type { WeftError } from "../errors.js";
import type { Graph, Value } from "../graph.js";
import "../index.js";
import { type HostTensor, hostTensor } from "../interpreter/host-tensor.js";
import { interpret } from "../interpreter/interpret.js";
import { allOps, defineOp } from "../define-op.js";
import { add, multiply } from "../ops/arithmetic.js";
import { exp } from "../ops/exponential.js";
import { expandRegions } from "../passes/expand-regions.js";
import { optimize } from "../passes/pipeline.js";
import { withRecorder } from "../recorder.js";
import { randomGraphs } from "../testing/random-graph.js";
import { randomInputs } from "../testing/random-inputs.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { FLOATS, isFloat } from "../types.js";
import { inlineGraph } from "./inline-graph.js";
import { type VjpOptions, vjpGraph } from "./vjp-graph.js";

/** The text of a derivative, without the forward nodes that it does not need. */
function derivative(text: string, wrt: readonly number[], options?: VjpOptions): string {
  const graph = vjpGraph(parseGraph(text), wrt, options);
  verifyGraph(graph);
  return printGraph(optimize(graph));
}

function numbers(...values: readonly number[]): HostTensor[] {
  return values.map((value) => hostTensor({ dtype: "float64", shape: [] }, [value]));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as WeftError).code;
  }
  return "none";
}

describe("the derivative of a graph", () => {
  test("takes a cotangent a result and gives a gradient an argument", () => {
    expect(
      derivative(
        `graph(%w: f32[3,2], %x: f32[4,3]) {
          %0: f32[4,2] = matmul %x, %w
          %1: f32[4,2] = tanh %0
          return %1
        }`,
        [0],
      ),
    ).toMatchInlineSnapshot(`
      "graph(%w: f32[3,2], %x: f32[4,3], %ct0: f32[4,2]) {
        %0: f32[4,2] = matmul %x, %w
        %1: f32[4,2] = tanh %0
        %2: f32[4,2] = constant {dtype=float32, shape=[4,2], value=1}
        %3: f32[4,2] = subtract %2, %1
        %4: f32[4,2] = add %1, %2
        %5: f32[4,2] = multiply %3, %4
        %6: f32[4,2] = multiply %ct0, %5
        %7: f32[3,4] = transpose %x {perm=[1,0]}
        %8: f32[3,2] = matmul %7, %6
        return %8
      }"
    `);
  });

  test("gives the results first where they are wanted", () => {
    const text = "graph(%x: f32[]) { %0: f32[] = exp %x return %0 }";
    expect(derivative(text, [0], { keepResults: true })).toMatchInlineSnapshot(`
      "graph(%x: f32[], %ct0: f32[]) {
        %0: f32[] = exp %x
        %1: f32[] = multiply %ct0, %0
        return %0, %1
      }"
    `);
  });

  test("adds up what arrives along several paths", () => {
    const text = "graph(%x: f64[]) { %0: f64[] = multiply %x, %x %1: f64[] = add %0, %x return %1, %x }";
    const graph = vjpGraph(parseGraph(text), [0]);
    expect(interpret(graph, numbers(3, 10, 1))[0]!.data[0]).toBe(71);
  });

  test("has a zero of the right type, and no other node, where nothing arrives", () => {
    const text =
      "graph(%x: f32[2], %y: f32[]) { %0: f32[2] = stopGradient %x %1: f32[2] = exp %0 return %1 }";
    expect(derivative(text, [0, 1])).toMatchInlineSnapshot(`
      "graph(%x: f32[2], %y: f32[], %ct0: f32[2]) {
        %0: f32[2] = constant {dtype=float32, shape=[2], value=0}
        %1: f32[] = constant {dtype=float32, shape=[], value=0}
        return %0, %1
      }"
    `);
  });

  test("runs no rule off the path: integers, bools and unneeded operands have no cotangents", () => {
    const text = `graph(%x: f32[2], %y: f32[2]) {
      %0: bool[2] = less %x, %y
      %1: i32[2] = astype %x {dtype=int32}
      %2: f32[2] = astype %1 {dtype=float32}
      %3: f32[2] = where %0, %x, %2
      %4: f32[2] = multiply %3, %y
      return %4, %0
    }`;
    expect(derivative(text, [0])).toMatchInlineSnapshot(`
      "graph(%x: f32[2], %y: f32[2], %ct0: f32[2]) {
        %0: bool[2] = less %x, %y
        %1: f32[2] = multiply %ct0, %y
        %2: f32[2] = constant {dtype=float32, shape=[2], value=0}
        %3: f32[2] = where %0, %1, %2
        return %3
      }"
    `);
  });

  test("seeds only the results it is told to", () => {
    const text = "graph(%x: f64[]) { %0: f64[] = exp %x %1: f64[] = square %x return %0, %1 }";
    const graph = vjpGraph(parseGraph(text), [0], { seeded: [1] });
    expect(graph.params.length).toBe(2);
    expect(interpret(graph, numbers(3, 1))[0]!.data[0]).toBe(6);
  });

  test("has the forward nodes' locations on the backward nodes", () => {
    const builder = new GraphBuilder();
    const x = builder.param({ dtype: "float32", shape: [] });
    builder.location = { file: "model.ts", line: 7, column: 3 };
    const y = withRecorder(builder, () => exp(x)) as Value;
    const graph = vjpGraph(builder.finish([y]), [0]);
    expect(graph.nodes.map((node) => node.location?.line)).toEqual([7, 7]);
  });

  test("refuses ops without derivative, naming the place", () => {
    const opaque = defineOp({
      kind: "pointwise",
      name: "opaque",
      operands: ["x"],
      accepts: FLOATS,
      scalar: ({ x }, s) => s.exp(x),
      vjp: null,
      samples: [[1]],
    });
    const builder = new GraphBuilder();
    const x = builder.param({ dtype: "float32", shape: [] });
    builder.location = { file: "model.ts", line: 7, column: 3 };
    const y = withRecorder(builder, () => opaque(x)) as Value;
    const graph = builder.finish([y]);
    try {
      vjpGraph(graph, [0]);
    } catch (error) {
      expect((error as WeftError).message).toMatchInlineSnapshot(`
        "error[W2060]: opaque has no derivative
          --> model.ts:7:3
           = note: operand 0 is f32[]
           = hint: wrap its operand in stopGradient if its gradient is meant to be zero"
      `);
    }
    expect(codeOf(() => vjpGraph(graph, [0]))).toBe("W2060");
  });

  test("refuses arguments and results that are not floats", () => {
    const graph = parseGraph("graph(%n: i32[2]) { %0: f32[2] = astype %n {dtype=float32} return %0, %n }");
    expect(codeOf(() => vjpGraph(graph, [0]))).toBe("W2061");
    expect(codeOf(() => vjpGraph(graph, [], { seeded: [1] }))).toBe("W2061");
  });

  test("of 10,000 steps takes linear time and no stack", () => {
    const builder = new GraphBuilder();
    const type = { dtype: "float64", shape: [2] } as const;
    const [x, a] = [builder.param(type, "x"), builder.param({ ...type, shape: [] }, "a")];
    let y: Value = x;
    withRecorder(builder, () => {
      for (let k = 0; k < 10_000; k++) y = add(multiply(y, a), 0.5) as Value;
    });
    const graph = optimize(vjpGraph(builder.finish([y]), [0, 1]));
    // Cotangents of the one broadcast of `a` add up before they are summed.
    expect(graph.nodes.filter((node) => node.op.kind === "reduce").length).toBe(1);
  });
});

describe("the gradient op", () => {
  const cube = "graph(%x: f64[]) { %0: f64[] = square %x %1: f64[] = multiply %0, %x return %1 }";
  const one = "constant {dtype=float64, shape=[], value=1}";
  const slope = (body: string): string =>
    `graph(%x: f64[]) { %0: f64[] = ${one} %1: f64[] = gradient %x, %0 {body=${body}, seeded=[0], wrt=[0]} return %1 }`;

  test("of a gradient is the second derivative, and so on", () => {
    const second = parseGraph(slope(slope(cube)));
    const third = parseGraph(slope(slope(slope(cube))));
    verifyGraph(third);
    expect(interpret(second, numbers(5))[0]!.data[0]).toBe(30);
    expect(interpret(third, numbers(5))[0]!.data[0]).toBe(6);
    expect(printGraph(parseGraph(printGraph(third)))).toBe(printGraph(third));
    expect(printGraph(optimize(second))).toMatchInlineSnapshot(`
      "graph(%x: f64[]) {
        %0: f64[] = constant {dtype=float64, shape=[], value=2}
        %1: f64[] = multiply %0, %x
        %2: f64[] = add %1, %1
        %3: f64[] = add %2, %1
        return %3
      }"
    `);
  });

  test("shares its forward part with the call beside it", () => {
    const body = "graph(%x: f64[]) { %0: f64[] = exp %x %1: f64[] = sin %0 return %1 }";
    const text = `graph(%x: f64[], %ct: f64[]) {
      %0: f64[] = call %x {body=${body}}
      %1: f64[] = gradient %x, %ct {body=${body}, seeded=[0], wrt=[0]}
      return %0, %1
    }`;
    const optimized = optimize(parseGraph(text));
    expect(optimized.nodes.filter((node) => node.op === exp).length).toBe(1);
  });

  test("refuses operands that its body does not take", () => {
    const text = `graph(%x: f64[2], %ct: f64[]) {
      %0: f64[] = gradient %x, %ct {body=${cube}, seeded=[0], wrt=[0]}
      return %0
    }`;
    expect(codeOf(() => parseGraph(text))).toBe("W2052");
  });
});

describe("inlining", () => {
  test("keeps locations, and gives the call's to nodes without one", () => {
    const body = parseGraph("graph(%x: f32[]) { %0: f32[] = exp %x return %0, %x }");
    const builder = new GraphBuilder();
    const x = builder.param({ dtype: "float32", shape: [] }, "x");
    builder.location = { file: "f.ts", line: 1, column: 2 };
    const results = withRecorder(builder, () => inlineGraph(body, [x])) as Value[];
    expect(results[1]).toBe(x);
    expect(printGraph(builder.finish(results))).toContain("exp %x   // f.ts:1:2");
  });
});

// ---------------------------------------------------------------------------------------------------------------
// Against central differences

const numRuns = Number(process.env.FUZZ_RUNS ?? 150);
const SMOOTH = [
  ..."add subtract multiply negative square sin cos tanh sigmoid softplus atan exp asinh erf".split(" "),
  ..."sum matmul call gradient astype concat constant".split(" "),
  ...allOps()
    .filter(({ kind }) => kind === "movement")
    .map(({ name }) => name),
];
const smoothGraphs = randomGraphs({
  ops: allOps().filter(({ name }) => SMOOTH.includes(name)),
  dtypes: ["float64"],
  size: 14,
  specials: false,
  mayReturn: (value) => isFloat(value.dtype),
});

/** Σ of all elements of all results: with cotangents of 1, its slope is what the gradients say. */
function total(graph: Graph, inputs: readonly HostTensor[]): number {
  return interpret(graph, inputs).reduce((sum, { data }) => data.reduce((part, x) => part + x, sum), 0);
}

function moved(inputs: readonly HostTensor[], step: number): HostTensor[] {
  return inputs.map(({ type, data }, k) =>
    hostTensor(
      type,
      data.map((x, i) => x + step * weight(k, i)),
    ),
  );
}

/** A direction in which no two elements move alike. */
function weight(k: number, i: number): number {
  return Math.cos(1 + 3 * k + 7 * i);
}

function compareWithDifferences(graph: Graph, inputs: readonly HostTensor[]): void {
  const gradients = vjpGraph(graph, [...graph.params.keys()]);
  verifyGraph(gradients);
  const ones = graph.results.map(({ type, size }) => hostTensor(type, new Float64Array(size).fill(1)));
  const got = interpret(gradients, [...inputs, ...ones]);
  const slope = got.reduce(
    (sum, { data }, k) => data.reduce((part, x, i) => part + x * weight(k, i), sum),
    0,
  );
  const step = 1e-5;
  const expected = (total(graph, moved(inputs, step)) - total(graph, moved(inputs, -step))) / (2 * step);
  const isTame = Math.abs(slope) < 1e4 && Math.abs(total(graph, inputs)) < 1e4;
  fc.pre(isTame);
  expect(Math.abs(slope - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
}

describe("random smooth graphs", () => {
  test("have the slopes that central differences show", () => {
    fc.assert(
      fc.property(smoothGraphs, fc.nat(), (graph, seed) => {
        compareWithDifferences(expandRegions.run(graph), randomInputs(graph, seed));
      }),
      { numRuns },
    );
  });

  test("have second derivatives that central differences of the first show", () => {
    fc.assert(
      fc.property(smoothGraphs, fc.nat(), (graph, seed) => {
        const first = vjpGraph(graph, [0]);
        compareWithDifferences(first, randomInputs(first, seed));
      }),
      { numRuns },
    );
  });
});
