import {
  allOps,
  decodeElements,
  encodeElements,
  type Graph,
  hostTensor,
  type HostTensor,
  interpret,
  isFloat,
  type Op,
  optimize,
  vjpGraph,
  WeftError,
} from "@weftjs/ir";
import { opGraph, sampleOperands } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());
await runtime.ready();

/** What is stored of these numbers in float16. */
function halves(data: readonly number[]): number[] {
  const { buffer } = encodeElements(data, "float16") as Uint16Array<ArrayBuffer>;
  return [
    ...(decodeElements(buffer, { dtype: "float16", shape: [data.length] }) as ArrayLike<number> &
      Iterable<number>),
  ];
}

/** The op's samples with float16 in place of every float that the sample leaves open. */
function samplesOf(op: Op): { body: Graph; operands: HostTensor[] }[] {
  return op.samples.flatMap((sample) => {
    const attrs = sample.attrs ?? {};
    if (attrs.dtype === "float64") return [];
    const operands = sampleOperands(op, sample).map(({ type, data }, k) => {
      if (!isFloat(type.dtype) || sample.operands[k]!.dtype) return hostTensor(type, data);
      return hostTensor({ dtype: "float16", shape: type.shape }, halves([...data]));
    });
    const types = operands.map(({ type }) => type);
    if (types.some(({ dtype }) => dtype === "float64")) return [];
    const body = taken(() => opGraph(op, types, attrs));
    if (!body) return [];
    return body.results.every(({ dtype }) => dtype !== "float64") ? [{ body, operands }] : [];
  });
}

/** Null where the op's own rule does not take these: gradients of attention have numbers in float32 besides. */
function taken(call: () => Graph): Graph | null {
  try {
    return call();
  } catch (error) {
    if (error instanceof WeftError && error.class === "user") return null;
    throw error;
  }
}

/** The gradient to every float operand, with cotangents behind the operands. */
function gradientOf(
  body: Graph,
  operands: readonly HostTensor[],
): { graph: Graph; inputs: HostTensor[] } | null {
  const wrt = [...operands.keys()].filter((k) => isFloat(operands[k]!.type.dtype));
  const seeded = body.results.filter(({ dtype }) => isFloat(dtype));
  if (wrt.length === 0 || seeded.length === 0) return null;
  const cotangents = seeded.map(({ type, size }) =>
    hostTensor(type, halves(Array.from({ length: size }, (_, i) => 1 + (i % 8) / 8))),
  );
  return { graph: vjpGraph(body, wrt), inputs: [...operands, ...cotangents] };
}

/**
 * Each step rounds to 11 bits, and fused code may round fewer of them than the interpreter, which stores every value:
 * how much that matters is how far the interpreter itself is from the exact result.
 */
async function expectSame(graph: Graph, inputs: readonly HostTensor[]): Promise<void> {
  const exact = interpret(graph, inputs);
  const rounded = interpret(graph, inputs, { precision: "storage" });
  const got = await runGraph(runtime, optimize(graph), inputs, { fuse: true });
  const wrong = rounded.flatMap(({ data }, k) => {
    const largest = data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
    return [...data].flatMap((value, i) => {
      const [is, ideal] = [got[k]![i]!, exact[k]!.data[i]!];
      if (Object.is(is, value) || is === value || is === halves([ideal])[0]!) return [];
      const lost = 2 * Math.abs(ideal - value);
      if (Math.abs(is - ideal) <= lost + 2 ** -8 * Math.abs(ideal) + 2 ** -10 * largest + 2 ** -14) return [];
      return [`result ${k}[${i}]: ${is} for ${ideal}, stored ${value}`];
    });
  });
  expect(wrong).toEqual([]);
}

const differentiable = allOps().filter((op) => op.kind !== "region" && op.vjp && samplesOf(op).length > 0);

const hasFloat16 = runtime.target!.hasFloat16;

describe("gradients of float16 on an adapter:", () => {
  test.each(hasFloat16 ? differentiable.map((op) => [op.name, op] as const) : [])(
    "%s, first and second order",
    async (_, op) => {
      for (const { body, operands } of samplesOf(op)) {
        const first = gradientOf(body, operands);
        if (!first) continue;
        await expectSame(first.graph, first.inputs);
        const second = gradientOf(first.graph, first.inputs);
        if (second) await expectSame(second.graph, second.inputs);
      }
    },
  );

  // One that is skipped, and not one for each op: SwiftShader lacks float16, lavapipe and most GPUs have it.
  test("there is an adapter that has it", ({ skip }) => {
    if (!hasFloat16) skip("the adapter has no float16");
    expect(differentiable.length).toBeGreaterThan(60);
  });
});
