import { describe, expect, test } from "vitest";
import type { Graph } from "../graph.js";
import "../index.js";
import { type HostTensor, hostTensor, interpret } from "../interpreter/index.js";
import type { Op, Sample } from "../op.js";
import { allOps, defineOp } from "../define-op.js";
import * as ops from "../ops/index.js";
import { optimize } from "../passes/pipeline.js";
import { f64, graphOf, opGraph, sampleOperands } from "../testing/run-op.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { elementCount, FLOATS, isFloat, type TensorType, type ValueLike } from "../types.js";
import { pushforward } from "./index.js";
import { jvpGraph } from "./jvp-graph.js";
import { vjpGraph } from "./vjp-graph.js";

const SCALAR: TensorType = { dtype: "float64", shape: [] };
const VECTOR: TensorType = { dtype: "float64", shape: [3] };

interface Case {
  readonly graph: Graph;
  readonly operands: readonly HostTensor[];
  readonly wrt: readonly number[];
  readonly tangents: readonly HostTensor[];
}

function caseOf(op: Op, sample: Sample): Case {
  const operands = sampleOperands(op, sample);
  const graph = opGraph(
    op,
    operands.map(({ type }) => type),
    sample.attrs,
  );
  const wrt = [...operands.keys()].filter((k) => isFloat(operands[k]!.type.dtype));
  return { graph, operands, wrt, tangents: wrt.map((k) => direction(operands[k]!.type, k)) };
}

/** Numbers of both signs, different for each operand. */
function direction(type: TensorType, seed: number): HostTensor {
  const count = elementCount(type.shape);
  return hostTensor(
    type,
    Float64Array.from({ length: count }, (_, i) => 2 * ((i * 0.618 + seed * 0.31 + 0.2) % 1) - 0.7),
  );
}

function moved({ operands, wrt, tangents }: Case, step: number): readonly HostTensor[] {
  return operands.map((operand, k) => {
    const tangent = tangents[wrt.indexOf(k)];
    if (!tangent) return operand;
    return hostTensor(
      operand.type,
      operand.data.map((x, i) => x + step * tangent.data[i]!),
    );
  });
}

function dot(a: HostTensor, b: HostTensor): number {
  return a.data.reduce((total, x, i) => total + (x === 0 ? 0 : x * b.data[i]!), 0);
}

function dots(a: readonly HostTensor[], b: readonly HostTensor[]): number {
  return a.reduce((total, one, k) => total + dot(one, b[k]!), 0);
}

function isClose(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance * (1 + Math.max(Math.abs(a), Math.abs(b)));
}

const differentiable = allOps()
  .filter((op) => op.vjp !== null && op.kind !== "region")
  .map((op) => [op.name, op] as const);

describe.each(differentiable)("forward mode of %s", (_, op) => {
  const cases = op.samples.map((sample) => caseOf(op, sample));
  const smooth = cases.filter(({ graph }) => isFloat(graph.results[0]!.dtype));

  test("agrees with central differences away from kinks", () => {
    const kinks = op.kind === "pointwise" ? op.kinks : [];
    for (const one of smooth) {
      const graph = jvpGraph(one.graph, one.wrt);
      verifyGraph(graph);
      const [tangent] = interpret(graph, [...one.operands, ...one.tangents]);
      // One step for all operands of an element: they lie side by side only in pointwise ops, where sizes differ.
      const size = (i: number): number =>
        op.kind === "pointwise"
          ? Math.max(Math.min(...one.operands.map(({ data }) => Math.abs(data[i]!))), 0.1)
          : 1;
      tangent!.data.forEach((got, i) => {
        if (kinks.some(({ at }) => at.every((x, k) => one.operands[k]!.data[i] === x))) return;
        const step = 6e-6 * size(i);
        const [above] = interpret(one.graph, moved(one, step));
        const [below] = interpret(one.graph, moved(one, -step));
        const [high, low] = [above!.data[i]!, below!.data[i]!];
        const wanted = high === low ? 0 : (high - low) / (2 * step);
        expect([i, isClose(got, wanted, 3e-5), got, wanted]).toEqual([i, true, got, wanted]);
      });
    }
  });

  test("is the transpose of reverse mode, at kinks too", () => {
    for (const { graph, operands, wrt, tangents } of smooth) {
      const cts = graph.results.map(({ type }, k) => direction(type, 5 + k));
      const gradients = interpret(vjpGraph(graph, wrt), [...operands, ...cts]);
      const pushed = interpret(jvpGraph(graph, wrt), [...operands, ...tangents]);
      expect(isClose(dots(pushed, cts), dots(gradients, tangents), 1e-9)).toBe(true);
    }
  });

  test("can be differentiated again, in both directions", () => {
    for (const { graph, operands, wrt, tangents } of smooth) {
      const first = jvpGraph(graph, wrt);
      const inputs = [...operands, ...tangents];
      const cts = first.results.map(({ type }, k) => direction(type, 5 + k));
      const gradients = interpret(vjpGraph(first, wrt), [...inputs, ...cts]);
      const second = interpret(jvpGraph(first, wrt), [...inputs, ...tangents]);
      expect(isClose(dots(second, cts), dots(gradients, tangents), 1e-8)).toBe(true);
    }
  });
});

function tangentText(text: string, wrt: readonly number[]): string {
  const graph = jvpGraph(parseGraph(text), wrt);
  verifyGraph(graph);
  return printGraph(optimize(graph));
}

describe("the forward derivative of a graph", () => {
  test("takes a tangent a parameter and gives one a result, with nothing for what is constant", () => {
    const text = `graph(%w: f32[3,2], %x: f32[4,3]) {
      %0: f32[4,2] = matmul %x, %w
      %1: f32[4,2] = exp %0
      return %1, %x
    }`;
    expect(tangentText(text, [0])).toMatchInlineSnapshot(`
      "graph(%w: f32[3,2], %x: f32[4,3], %t0: f32[3,2]) {
        %0: f32[4,2] = matmul %x, %w
        %1: f32[4,2] = exp %0
        %2: f32[4,2] = matmul %x, %t0
        %3: f32[4,2] = multiply %2, %1
        %4: f32[4,3] = constant {dtype=float32, shape=[4,3], value=0}
        return %3, %4
      }"
    `);
  });

  test("pads tangents with zeros, whatever the values are padded with", () => {
    const text = `graph(%x: f64[2]) { %0: f64[4] = pad %x {high=[1], low=[1], value=-inf} return %0 }`;
    const graph = jvpGraph(parseGraph(text), [0]);
    expect([...interpret(graph, [f64([1, 2]), f64([3, 4])])[0]!.data]).toEqual([0, 3, 4, 0]);
  });

  test("shares ties as gradients do, and carries NaN", () => {
    const max = (data: readonly number[]): number => {
      const graph = graphOf([VECTOR], (x) => ops.max(x!, { axes: [0] }));
      return interpret(jvpGraph(graph, [0]), [f64(data), f64([1, 3, 100])])[0]!.data[0]!;
    };
    expect(max([2, 2, 1])).toBe(2);
    expect(max([2, NaN, 1])).toBe(NaN);
  });

  test("needs a rule only of ops that a wanted tangent comes through", () => {
    const opaque = defineOp({
      kind: "pointwise",
      name: "opaque forwards",
      operands: ["x"],
      accepts: FLOATS,
      scalar: ({ x }, s) => s.exp(x),
      vjp: null,
      samples: [[1]],
    });
    const stopped = graphOf([SCALAR], (x) => ops.stopGradient(opaque(x!)));
    expect(interpret(jvpGraph(stopped, [0]), [f64([1], []), f64([1], [])])[0]!.data[0]).toBe(0);
    const open = graphOf([SCALAR], (x) => [opaque(x!), ops.square(x!)]);
    expect(interpret(jvpGraph(open, [0], { of: [1] }), [f64([3], []), f64([1], [])])[0]!.data[0]).toBe(6);
    const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
    expect(() => jvpGraph(open, [0])).toThrow(code("W2060"));
    expect(() => jvpGraph(parseGraph("graph(%x: i32[]) { return %x }"), [0])).toThrow(code("W2061"));
  });

  test("keeps perturbations apart in pushforward regions within one another", () => {
    // d/dx (x · d/dy (x + y)) = 1
    const inner = graphOf([SCALAR, SCALAR], (y, x) => ops.add(x!, y!));
    const outer = graphOf([SCALAR], (x) => {
      const [slope] = pushforward([1, x!, 1].map(asScalar), { body: inner, wrt: [0], of: [0] });
      return ops.multiply(x!, slope!);
    });
    const graph = graphOf([SCALAR, SCALAR], (x, t) =>
      pushforward([x!, t!], { body: outer, wrt: [0], of: [0] }),
    );
    expect(interpret(graph, [f64([5], []), f64([1], [])])[0]!.data[0]).toBe(1);
  });
});

function asScalar(x: ValueLike | number): ValueLike {
  return typeof x === "number" ? ops.constant({ value: x, ...SCALAR }) : x;
}
