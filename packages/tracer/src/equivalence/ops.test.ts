import {
  allOps,
  type Attrs,
  type DType,
  elementCount,
  type Graph,
  hostTensor,
  type HostTensor,
  interpret,
  isFloat,
  type Op,
  optimize,
  type PointwiseOp,
  type Shape,
  vjpGraph,
} from "@weftjs/ir";
import { graphOf, opGraph, sampleOperands } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

/** Values at which implementations differ. Subnormals are left out: a GPU may flush them. */
const SPECIALS = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, 1e-6, 88, -104, 1e10];

/** float32 in place of float64, which no GPU has. */
function asFloat32({ type, data }: HostTensor): HostTensor {
  if (type.dtype !== "float64") return { type, data };
  return hostTensor({ dtype: "float32", shape: type.shape }, Float32Array.from(data));
}

/** `lost` is what rounding the terms of a sum may leave of one that cancels. */
function isClose(got: number, wanted: number, lost: number): boolean {
  if (Object.is(got, wanted)) return true;
  if (wanted === 0 && got === 0) return true;
  return Math.abs(got - wanted) <= 1e-5 * Math.abs(wanted) + Math.max(wanted === 0 ? 1e-6 : 1e-7, lost);
}

/** A millionth of the largest number, where elements are sums; pointwise, each stands for itself. */
function lostIn(graph: Graph, data: Float64Array): number {
  if (graph.nodes.every(({ op }) => op.kind !== "kernel")) return 0;
  return data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, 1e-6 * Math.abs(x)) : most), 0);
}

async function expectSame(graph: Graph, inputs: readonly HostTensor[]): Promise<void> {
  const wanted = interpret(graph, inputs, { precision: "storage" });
  const got = await runGraph(runtime, optimize(graph), inputs, { fuse: true });
  const wrong = wanted.flatMap(({ data }, k) => {
    const lost = lostIn(graph, data);
    return [...data].flatMap((value, i) =>
      isClose(got[k]![i]!, value, lost) ? [] : [`result ${k}[${i}]: ${got[k]![i]} for ${value}`],
    );
  });
  expect(wrong).toEqual([]);
}

const computed = allOps().filter((op) => op.kind !== "region");
const pointwise = computed.filter((op): op is PointwiseOp => op.kind === "pointwise");

describe("on the adapter, as in the interpreter", () => {
  test.each(computed.map((op) => [op.name, op] as const))("%s on its samples", async (_, op) => {
    for (const { operands, attrs } of samplesOf(op)) {
      await expectSame(
        opGraph(
          op,
          operands.map(({ type }) => type),
          attrs,
        ),
        operands,
      );
    }
  });

  test.each(pointwise.map((op) => [op.name, op] as const))(
    "%s at NaN, infinities, zeros of both signs",
    async (_, op) => {
      const operands = crossed(op.operands.length).map((data, k) => {
        const dtype = op.fixed[k] ?? (op.accepts.includes("float32") ? "float32" : op.accepts[0]!);
        return hostTensor(
          { dtype, shape: [data.length] },
          data.map((x) => asStored(x, dtype)),
        );
      });
      await expectSame(
        opGraph(
          op,
          operands.map(({ type }) => type),
          gpuAttrs(op),
        ),
        operands,
      );
    },
  );

  test.each(pointwise.map((op) => [op.name, op] as const))(
    "%s of scalars, size 1, nothing, and broadcast",
    async (_, op) => {
      const shapes: Shape[] = [[], [1], [0], [3, 4], [4], [3, 1]];
      const dtypeOf = (k: number) =>
        op.fixed[k] ?? (op.accepts.includes("float32") ? "float32" : op.accepts[0]!);
      const types = shapes.flatMap((shape) => op.operands.map((_name, k) => ({ dtype: dtypeOf(k), shape })));
      const graph = graphOf(types, (...params) => {
        const call = (operands: typeof params): unknown =>
          (op as unknown as (...args: unknown[]) => unknown)(...operands, gpuAttrs(op));
        const arity = op.operands.length;
        const same = shapes.map((_shape, s) => call(params.slice(s * arity, (s + 1) * arity)));
        if (arity === 1) return same;
        // [3,4] with [4], [3,1] with [4], and the other way round.
        const at = (s: number, k: number) => params[s * arity + k]!;
        const rest = (s: number) => params.slice(s * arity + 2, (s + 1) * arity);
        return [
          ...same,
          call([at(3, 0), at(4, 1), ...rest(3)]),
          call([at(4, 0), at(3, 1), ...rest(3)]),
          call([at(5, 0), at(4, 1), ...rest(3)]),
        ];
      });
      const inputs = graph.params.map(({ type }, k) => {
        const data = Array.from({ length: elementCount(type.shape) }, (_x, i) =>
          type.dtype === "bool" ? (i + k) % 2 : ((i * 5 + k) % 7) / 8 + 0.0625,
        );
        return hostTensor(
          type,
          data.map((x) => asStored(isFloat(type.dtype) ? x : 16 * x, type.dtype)),
        );
      });
      await expectSame(graph, inputs);
    },
  );

  const differentiable = computed.filter((op) => op.vjp);
  test.each(differentiable.map((op) => [op.name, op] as const))("the gradient of %s", async (_, op) => {
    for (const { operands, attrs } of samplesOf(op)) {
      const body = opGraph(
        op,
        operands.map(({ type }) => type),
        attrs,
      );
      const wrt = [...operands.keys()].filter((k) => isFloat(operands[k]!.type.dtype));
      if (wrt.length === 0 || !isFloat(body.results[0]!.dtype)) continue;
      const cotangents = body.results
        .filter(({ dtype }) => isFloat(dtype))
        .map(({ type, size }) =>
          hostTensor(
            type,
            Float32Array.from({ length: size }, (_x, i) => 1 + i / 8),
          ),
        );
      await expectSame(vjpGraph(body, wrt), [...operands, ...cotangents]);
    }
  });
});

function samplesOf(op: Op): { operands: HostTensor[]; attrs: Attrs }[] {
  return op.samples.flatMap((sample) => {
    const operands = sampleOperands(op, sample).map(asFloat32);
    const attrs = sample.attrs ?? {};
    return attrs.dtype === "float64" || attrs.dtype === "float16" ? [] : [{ operands, attrs }];
  });
}

/** A number as a tensor of this dtype holds it: integers are whole, and within their range. */
function asStored(x: number, dtype: DType): number {
  switch (dtype) {
    case "bool":
      return x > 0 ? 1 : 0;
    case "int32":
      return Math.trunc(x) | 0;
    case "uint32":
      return Math.trunc(x) >>> 0;
    default:
      return Math.fround(x);
  }
}

/** Attributes of the first sample, with a dtype that a GPU has. */
function gpuAttrs(op: Op): Attrs {
  const attrs = op.samples[0]!.attrs ?? {};
  return attrs.dtype === "float64" ? { ...attrs, dtype: "int32" } : attrs;
}

/** All combinations of special values, one list an operand. */
function crossed(arity: number): number[][] {
  const count = SPECIALS.length ** arity;
  return Array.from({ length: arity }, (_, k) =>
    Array.from(
      { length: count },
      (_x, i) => SPECIALS[Math.floor(i / SPECIALS.length ** k) % SPECIALS.length]!,
    ),
  );
}
