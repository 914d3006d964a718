import { expect, test } from "vitest";
import "../ops/index.js";
import { DEFAULT_TARGET } from "../target.js";
import { parseGraph } from "../text/index.js";
import { scheduleGraph } from "./schedule.js";

/** What each dispatch computes, in order. A cycle has no order: scheduling one would not end. */
function dispatches(text: string): string[] {
  const { bundles } = scheduleGraph(parseGraph(text), DEFAULT_TARGET, { fuse: true });
  return bundles.map(({ kernels }) =>
    kernels.map(({ nodes }) => nodes.map(({ op }) => op.name).join(" ")).join(" | "),
  );
}

test("no group waits for itself by way of a group that grew later", () => {
  // exp's group takes in multiply, which reads tanh. The last node may not join tanh then: it needs add, which needs exp.
  const order = dispatches(`
    graph(%a: f32[4,4], %c: f32[4]) {
      %0: f32[4,4] = exp %a
      %1: f32[4,4] = transpose %0 {perm=[1,0]}
      %2: f32[4,4] = add %0, %1
      %3: f32[4] = tanh %c
      %4: f32[4,4] = broadcastTo %3 {shape=[4,4]}
      %5: f32[4,4] = multiply %0, %4
      %6: f32[1,4] = slice %2 {starts=[0,0], sizes=[1,4], strides=[1,1]}
      %7: f32[4] = reshape %6 {shape=[4]}
      %8: f32[4] = maximum %3, %7
      return %0, %2, %3, %5, %8
    }`);
  expect(order).toEqual(["tanh", "exp multiply", "add", "maximum"]);
});

test("no dispatch waits for itself by way of kernels that joined another later", () => {
  // tanh shares exp's dispatch and needs minimum; sin needs add, which needs exp: sin may not share minimum's.
  const order = dispatches(`
    graph(%a: f32[8], %b: f32[8], %p: f32[2,8], %q: f32[2,8], %r: f32[2,8], %s: f32[2,8],
          %k: f32[4], %l: f32[4], %m: f32[4], %n: f32[4]) {
      %0: f32[8] = multiply %a, %b
      %1: f32[8] = exp %0
      %2: f32[2,8] = broadcastTo %1 {shape=[2,8]}
      %3: f32[2,8] = add %2, %p
      %4: f32[2,8] = add %3, %q
      %5: f32[2,8] = add %4, %r
      %6: f32[2,8] = add %5, %s
      %7: f32[4] = minimum %k, %l
      %8: f32[4] = minimum %7, %m
      %9: f32[4] = minimum %8, %n
      %10: f32[3,4] = broadcastTo %9 {shape=[3,4]}
      %11: f32[3,4] = tanh %10
      %12: f32[5,2,8] = broadcastTo %6 {shape=[5,2,8]}
      %13: f32[5,2,8] = sin %12
      return %1, %6, %9, %11, %13
    }`);
  expect(order).toMatchInlineSnapshot(`
    [
      "multiply exp | minimum minimum minimum",
      "add add add add | tanh",
      "sin",
    ]
  `);
});

test("copies of results share a kernel as far as the adapter's bindings go", () => {
  const graph = parseGraph(`
    graph(%a: f32[4], %b: f32[4], %c: f32[4], %d: f32[4], %e: f32[4], %f: f32[4], %g: f32[4], %h: f32[4],
          %i: f32[8], %j: f32[8], %k: f32[4], %l: f32[4], %m: f32[4], %n: f32[4]) {
      %0: f32[16] = concat %a, %b, %c, %d {axis=0}
      %1: f32[16] = flip %0 {axes=[0]}
      %2: f32[16] = concat %e, %f, %g, %h {axis=0}
      %3: f32[16] = flip %2 {axes=[0]}
      %4: f32[16] = concat %i, %j {axis=0}
      %5: f32[16] = flip %4 {axes=[0]}
      %6: f32[16] = concat %k, %l, %m, %n {axis=0}
      %7: f32[16] = flip %6 {axes=[0]}
      return %1, %3, %5, %7
    }`);
  const { bundles } = scheduleGraph(graph, { ...DEFAULT_TARGET, maxStorageBuffers: 16 }, { fuse: true });
  const bound = bundles.map(({ kernels }) =>
    kernels.reduce((sum, { loads, stores }) => sum + loads.length + stores.length, 0),
  );
  expect(bound).toEqual([13, 5]);
});
