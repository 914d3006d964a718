import {
  allOps,
  type Attrs,
  decodeElements,
  type DType,
  encodeElements,
  GraphBuilder,
  hostTensor,
  type HostTensor,
  interpret,
  isFloat,
  type Op,
  optimize,
  WeftError,
} from "@weftjs/ir";
import { sampleOperands } from "@weftjs/ir/testing";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

await runtime.ready();
const DTYPES: readonly DType[] = [
  "int32",
  "uint32",
  "bool",
  ...(runtime.target!.hasFloat16 ? ["float16" as const] : []),
];

/** What integers and bools do differently, and what a float16 can just hold. */
const VALUES: Record<string, readonly number[]> = {
  int32: [0, 1, -1, 2, -3, 7, 33, 65537, -(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 1, 2, 3, 7, 33, 65537, 2 ** 31, 2 ** 32 - 1],
  bool: [0, 1],
  float16: [0, -0, 1, -1, 0.5, -2.5, 3, 2 ** -14, 11, -65504, 65504, NaN, Infinity, -Infinity],
};

interface Case {
  readonly dtype: DType;
  readonly operands: readonly HostTensor[];
  readonly attrs: Attrs;
}

/** The nearest float16. */
function half(x: number): number {
  const { buffer } = encodeElements([x], "float16") as Uint16Array<ArrayBuffer>;
  return decodeElements(buffer, { dtype: "float16", shape: [] })[0]!;
}

/** A number as a tensor of this dtype holds it. */
function stored(x: number, dtype: DType): number {
  switch (dtype) {
    case "bool":
      return x > 0 ? 1 : 0;
    case "int32":
      return Math.round(4 * x) | 0;
    case "uint32":
      return Math.abs(Math.round(4 * x)) >>> 0;
    case "float16":
      return half(x);
    default:
      return Math.fround(x);
  }
}

/** The op's samples in another dtype: what a sample gives a dtype of its own keeps it, as indices and starts do. */
function samplesIn(op: Op, dtype: DType): Case[] {
  return op.samples.map((sample) => {
    const operands = sampleOperands(op, sample).map(({ type, data }, k) => {
      const own = sample.operands[k]!.dtype ?? dtype;
      const values = own === type.dtype ? data : data.map((x) => stored(x, own));
      return hostTensor({ dtype: own, shape: type.shape }, values);
    });
    return { dtype, operands, attrs: sample.attrs ?? {} };
  });
}

/** Every value with every other. */
function crossed(op: Op, dtype: DType): Case[] {
  if (op.kind !== "pointwise" || !op.accepts.includes(dtype)) return [];
  const own = op.operands.map((_, k) => VALUES[op.fixed[k] ?? dtype] ?? VALUES.float16!);
  const count = own.reduce((product, list) => product * list.length, 1);
  let step = 1;
  const operands = own.map((list, k) => {
    const every = step;
    step *= list.length;
    const data = Array.from({ length: count }, (_, i) => list[Math.floor(i / every) % list.length]!);
    return hostTensor({ dtype: op.fixed[k] ?? dtype, shape: [count] }, data);
  });
  const attrs = op.samples[0]!.attrs ?? {};
  return [{ dtype, operands, attrs: attrs.dtype === "float64" ? { ...attrs, dtype: "int32" } : attrs }];
}

/** All calls that the op's own rule takes, in one graph. */
function graphOfCases(op: Op, cases: readonly Case[]) {
  const builder = new GraphBuilder(op.name);
  const taken: { readonly operands: readonly HostTensor[]; readonly dtype: DType }[] = [];
  const results = cases.flatMap(({ dtype, operands, attrs }) => {
    const params = operands.map(({ type }) => builder.param(type));
    taken.push({ operands, dtype });
    try {
      return [builder.record(op, params, attrs)].flat();
    } catch (error) {
      if (error instanceof WeftError && error.class === "user") return [];
      throw error;
    }
  });
  const onGpu = results.filter((value) => value.dtype !== "float64");
  return { graph: builder.finish(onGpu as never), inputs: taken.flatMap(({ operands }) => operands) };
}

function isClose(got: number, wanted: number, dtype: DType, largest: number): boolean {
  if (Object.is(got, wanted) || got === wanted) return true;
  if (!isFloat(dtype)) return false;
  // Rounded once more or less on the way, or a subnormal that a GPU flushes.
  if (dtype === "float16") {
    if (Math.abs(wanted) >= 65504 && Math.abs(got) >= 65504) return Math.sign(got) === Math.sign(wanted);
    return Math.abs(got - wanted) <= 2 ** -9 * Math.abs(wanted) + 2 ** -11 * largest + 2 ** -14;
  }
  return Math.abs(got - wanted) <= 1e-5 * Math.abs(wanted) + 1e-6 * largest;
}

const computed = allOps().filter((op) => op.kind !== "region" && op.kind !== "source");

describe("in every dtype that it takes, as in the interpreter:", () => {
  test.each(computed.map((op) => [op.name, op] as const))("%s", async (_, op) => {
    const cases = DTYPES.flatMap((dtype) => [...samplesIn(op, dtype), ...crossed(op, dtype)]);
    const { graph, inputs } = graphOfCases(op, cases);
    const wanted = interpret(graph, inputs, { precision: "storage" });
    const got = await runGraph(runtime, optimize(graph), inputs, { fuse: true });
    const wrong = wanted.flatMap(({ type, data }, k) => {
      const largest =
        op.kind === "pointwise"
          ? 0
          : data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
      return [...data].flatMap((value, i) => {
        if (isClose(got[k]![i]!, value, type.dtype, largest)) return [];
        const operands = graph.results[k]!.node!.inputs.map(
          (input) => `${input.dtype} ${inputs[input.index]?.data[i]}`,
        );
        return [`${type.dtype} result ${k}[${i}]: ${got[k]![i]} for ${value}, of ${operands.join(", ")}`];
      });
    });
    expect(wrong).toEqual([]);
  });
});
