import { describe, expect, test } from "vitest";
import { inferCall } from "../call-type.js";
import { vjpGraph } from "../autodiff/index.js";
import { NO_ATTRS } from "../attrs.js";
import { interpret, numberScalars } from "../interpreter/index.js";
import { numberIndexOps, ravel } from "../interpreter/index-numbers.js";
import { forEachPosition } from "../interpreter/strided.js";
import type { HostTensor } from "../interpreter/index.js";
import type { Op, PointwiseOp, Sample } from "../op.js";
import { allOps } from "../define-op.js";
import { gradientGaps } from "../testing/central-differences.js";
import { f64, gradientsOf, graphOf, opGraph, runOp, sampleOperands, tensorOf } from "../testing/run-op.js";
import { elementCount, isFloat, sameType } from "../types.js";
import "./index.js";

const ops = allOps();
const differentiable = ops.filter((op) => op.vjp !== null);
const cases = (list: readonly Op[]): [string, Op][] => list.map((op) => [op.name, op]);

describe.each(cases(ops))("%s", (_, op) => {
  test("declares samples, a summary, and a gradient or that there is none", () => {
    expect(op.summary).not.toBe("");
    expect(op.vjp === null || typeof op.vjp === "function").toBe(true);
    if (op.kind !== "region") expect(op.samples.length).toBeGreaterThan(0);
    for (const sample of op.samples) {
      if (op.operands !== "variadic") expect(sample.operands.length).toBe(op.operands.length);
      for (const { shape, data } of sample.operands) {
        if (data) expect(data.length).toBe(elementCount(shape));
      }
    }
  });

  test("gives what its type rule says, on every sample", () => {
    for (const sample of op.samples) {
      const operands = sampleOperands(op, sample);
      const types = operands.map((operand) => operand.type);
      const call = inferCall(op, types, sample.attrs ?? NO_ATTRS);
      const result = runOp(op, operands, sample.attrs);
      expect(sameType(result.type, call.outputs[0]!)).toBe(true);
      expect(result.data.length).toBe(elementCount(result.type.shape));
      expect([...result.data].every((value) => fits(value, result.type.dtype))).toBe(true);
    }
  });
});

function fits(value: number, dtype: string): boolean {
  if (dtype === "bool") return value === 0 || value === 1;
  return dtype.startsWith("float") || Number.isInteger(value);
}

describe.each(cases(differentiable))("the gradient of %s", (_, op) => {
  test("agrees with central differences away from kinks", () => {
    for (const sample of op.samples) {
      const { graph, operands, skip } = sampleCase(op, sample);
      if (!isFloat(graph.results[0]!.dtype)) continue;
      expect(gradientGaps(graph, operands, skip)).toEqual([]);
    }
  });

  test("has a gradient that agrees with central differences", () => {
    for (const sample of op.samples) {
      const { graph, operands, skip } = sampleCase(op, sample);
      if (!isFloat(graph.results[0]!.dtype)) continue;
      const wrt = [...operands.keys()].filter((k) => isFloat(operands[k]!.type.dtype));
      const cts = graph.results
        .filter(({ dtype }) => isFloat(dtype))
        .map(({ shape }) => tensorOf("float64", weights(elementCount(shape)), shape));
      expect(gradientGaps(vjpGraph(graph, wrt), [...operands, ...cts], skip)).toEqual([]);
    }
  });
});

function weights(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1.5 - ((i * 0.37) % 1));
}

/** A pointwise op's samples are its operands' values side by side, so a kink is one position of all. */
function sampleCase(
  op: Op,
  sample: Sample,
): { graph: ReturnType<typeof opGraph>; operands: HostTensor[]; skip: (i: number) => boolean } {
  const operands = sampleOperands(op, sample);
  const types = operands.map((operand) => operand.type);
  const kinks = op.kind === "pointwise" ? op.kinks : [];
  const skip = (i: number): boolean => kinks.some(({ at }) => at.every((x, k) => operands[k]!.data[i] === x));
  return { graph: opGraph(op, types, sample.attrs), operands, skip };
}

test("a kernel op and what it expands to give the same", () => {
  for (const op of ops) {
    if (op.kind !== "kernel" || !op.expand) continue;
    for (const sample of op.samples) {
      const operands = sampleOperands(op, sample);
      const types = operands.map(({ type }) => type);
      const attrs = sample.attrs ?? NO_ATTRS;
      const wanted = interpret(opGraph(op, types, attrs), operands);
      const got = interpret(
        graphOf(types, (...params) => op.expand!(params, attrs)),
        operands,
      );
      for (const [k, { type, data }] of wanted.entries()) {
        expect(got[k]!.type).toEqual(type);
        for (const [i, x] of data.entries()) expect(got[k]!.data[i]! + 0).toBeCloseTo(x, 10);
      }
    }
  }
});

const withKinks = ops.filter((op): op is PointwiseOp => op.kind === "pointwise" && op.kinks.length > 0);

test.each(cases(withKinks) as [string, PointwiseOp][])("%s has its documented gradient at kinks", (_, op) => {
  for (const { at, gradient } of op.kinks) {
    const gradients = gradientsOf(
      op,
      at.map((x) => f64([x])),
    );
    expect(gradients.map(({ data }) => data[0]! + 0)).toEqual(gradient);
  }
});

const movements = ops.filter((op) => op.kind === "movement");

test.each(cases(movements))("%s moves whole blocks as its index map moves single elements", (_, op) => {
  if (op.kind !== "movement") return;
  for (const sample of op.samples) {
    const operands = sampleOperands(op, sample);
    const attrs = sample.attrs ?? NO_ATTRS;
    const { type, data } = runOp(op, operands, attrs);
    const ix = numberIndexOps(operands);
    const types = operands.map((operand) => operand.type);
    forEachPosition(type.shape, (at, flat) => {
      const source = op
        .sources(at, attrs, ix, types, type)
        .find(({ when = [] }) => when.every(({ value, from, below }) => value >= from && value < below));
      const expected = source
        ? operands[source.operand]!.data[ravel(source.at, types[source.operand]!.shape)]
        : op.fill(attrs);
      expect(data[flat]).toBe(expected);
    });
  }
});

const reductions = ops.filter((op) => op.kind === "reduce");

test.each(cases(reductions))("%s combines in any order, its identity changing nothing", (_, op) => {
  if (op.kind !== "reduce") return;
  for (const dtype of op.accepts) {
    const s = numberScalars(dtype);
    const values = dtype === "bool" ? [0, 1] : [1, 2, 7];
    for (const a of values) {
      expect(op.combine(op.identity(dtype), a, s)).toBe(a);
      for (const b of values) expect(op.combine(a, b, s)).toBe(op.combine(b, a, s));
    }
  }
});

test("a graph of one op on no elements gives no elements", () => {
  for (const op of ops) {
    if (op.kind !== "pointwise") continue;
    const { operands } = op.samples[0]!;
    const empty = operands.map(({ dtype = "float64" }) => tensorOf(dtype, [], [0, 2]));
    const [result] = interpret(
      opGraph(
        op,
        empty.map(({ type }) => type),
        op.samples[0]!.attrs,
      ),
      empty,
    );
    expect(result!.type.shape).toEqual([0, 2]);
  }
});
