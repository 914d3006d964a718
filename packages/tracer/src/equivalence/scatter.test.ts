import {
  add,
  asValue,
  broadcastTo,
  elementCount,
  type Graph,
  GraphBuilder,
  hostTensor,
  type HostTensor,
  interpret,
  reshape,
  scatterAdd,
  type Shape,
  withRecorder,
} from "@weftjs/ir";
import { Runtime } from "@weftjs/runtime";
import { afterAll, describe, expect, test } from "vitest";
import { runGraph } from "./run-graph.js";

const runtime = new Runtime();
afterAll(() => runtime.destroy());

interface Case {
  /** Of what is added. */
  readonly shape: Shape;
  readonly axis: number;
  readonly size: number;
  /** One index for each slice along the axis, as of an embedding, or one for each element. */
  readonly isShared: boolean;
}

const cases: Record<string, Case> = {
  "rows of vectors": { shape: [50, 8], axis: 0, size: 40, isShared: true },
  "rows of odd length": { shape: [50, 3], axis: 0, size: 7, isShared: true },
  "columns of several matrices": { shape: [3, 20, 4], axis: 1, size: 9, isShared: true },
  numbers: { shape: [30], axis: 0, size: 5, isShared: true },
  "elements, four at a time": { shape: [20, 8], axis: 0, size: 6, isShared: false },
  "elements along the last axis": { shape: [5, 11], axis: 1, size: 4, isShared: false },
};

/** A tensor with sums added, which the same kernel stores with the sums. Some indices are negative, some outside. */
function graphOf({ shape, axis, size, isShared }: Case): { graph: Graph; inputs: HostTensor[] } {
  const builder = new GraphBuilder("scatter");
  const list = isShared ? [shape[axis]!] : shape;
  const [indices, source, whole] = [
    builder.param({ dtype: "int32", shape: list }),
    builder.param({ dtype: "float32", shape }),
    builder.param({ dtype: "float32", shape: shape.with(axis, size) }),
  ];
  const sums = withRecorder(builder, () => {
    const column = shape.map((count, k) => (k === axis ? count : 1));
    const places = isShared ? broadcastTo(reshape(indices, { shape: column }), { shape }) : indices;
    return add(whole, scatterAdd(places, source, { axis, size }));
  });
  const graph = builder.finish([asValue(sums)]);
  const inputs = graph.params.map(({ type }, k) => {
    const count = elementCount(type.shape);
    const value = (i: number): number =>
      k === 0 ? ((i * 7) % (2 * size + 2)) - size - 1 : Math.fround(((i * 5 + k) % 17) / 3);
    return hostTensor(
      type,
      Float64Array.from({ length: count }, (_, i) => value(i)),
    );
  });
  return { graph, inputs };
}

describe.each(["software", "gpu"] as const)("sums by index, with the kernels of a %s adapter", (kind) => {
  test.each(Object.entries(cases))(
    "of %s are the interpreter's, the same bits in every run",
    async (_, shape) => {
      const { graph, inputs } = graphOf(shape);
      const run = () => runGraph(runtime, graph, inputs, { fuse: true, target: { kind } });
      const [first, second] = [(await run())[0]!, (await run())[0]!];
      expect(second).toEqual(first);
      const wanted = interpret(graph, inputs)[0]!.data;
      expect(Math.max(...first.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
    },
  );
});
