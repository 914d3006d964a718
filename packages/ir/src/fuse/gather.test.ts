import { describe, expect, test } from "vitest";
import {
  add,
  asValue,
  DEFAULT_TARGET,
  exp,
  gather,
  type Graph,
  GraphBuilder,
  gradient,
  matmul,
  max,
  optimize,
  printSchedule,
  scatterAdd,
  scheduleGraph,
  sum,
  type TensorType,
  type Value,
  type ValueLike,
  withRecorder,
} from "../index.js";

const f32 = (...shape: number[]): TensorType => ({ dtype: "float32", shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: "int32", shape });

function graphOf(types: readonly TensorType[], body: (...params: Value[]) => readonly ValueLike[]): Graph {
  const builder = new GraphBuilder("f");
  const params = types.map((type) => builder.param(type));
  return builder.finish(withRecorder(builder, () => body(...params)).map(asValue));
}

function scheduled(graph: Graph): string {
  const target = { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: 12 } as const;
  return printSchedule(scheduleGraph(optimize(graph), target, { fuse: true }));
}

const lookUp = (table: Value, indices: Value, w: Value): readonly ValueLike[] => [
  matmul(gather(table, indices, { axis: 0 }), w),
];

describe("gather", () => {
  test("is read by a product as it is: an embedding costs no kernel", () => {
    expect(scheduled(graphOf([f32(100, 8), i32(16), f32(8, 4)], lookUp))).toMatchInlineSnapshot(
      `"0: matmul 16 x 8 x 4 { matmul } (f32[100,8], i32[16], f32[8,4]) -> f32[16,4]"`,
    );
  });

  test("joins what follows, at an index that the same kernel computes", () => {
    const body = (x: Value, indices: Value): readonly ValueLike[] => [
      exp(gather(x, add(indices, max(indices, { axes: [] })), { axis: 0 })),
    ];
    expect(scheduled(graphOf([f32(100), i32(16)], body))).toMatchInlineSnapshot(
      `"0: map 16 { add exp } (f32[100], i32[16]) -> f32[16]"`,
    );
  });

  test("has a gradient of one kernel, which takes the update with it", () => {
    const body = graphOf([f32(100, 8), i32(16), f32(8, 4)], (...params) => [
      sum(lookUp(...(params as [Value, Value, Value]))[0]!, { axes: [0, 1] }),
    ]);
    const step = graphOf([...body.params.map(({ type }) => type), f32()], (table, indices, w, ct) => {
      const [slope] = gradient([table!, indices!, w!, ct!], { body, wrt: [0], seeded: [0] });
      return [add(table!, slope!)];
    });
    expect(scheduled(step)).toMatchInlineSnapshot(`
      "0: matmul 16 x 4 x 8 { matmul } (f32[], f32[8,4]) -> f32[16,8]
      1: scatter 800 { scatterAdd add } (i32[16], f32[16,8], f32[100,8]) -> f32[100,8], f32[100,8]"
    `);
  });
});

test("scatterAdd shares a dispatch with what is independent of it", () => {
  const body = (x: Value, indices: Value, y: Value): readonly ValueLike[] => [
    exp(scatterAdd(indices, x, { axis: 0, size: 8 })),
    exp(y),
  ];
  expect(scheduled(graphOf([f32(16), i32(16), f32(5)], body))).toMatchInlineSnapshot(`
    "0: scatter 8 { scatterAdd exp } (i32[16], f32[16]) -> f32[8], f32[8]
    0: map 5 { exp } (f32[5]) -> f32[5]"
  `);
});
