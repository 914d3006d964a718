import { beforeAll, expect, test } from "vitest";
import { init, inspect, tensor } from "../index.js";
import { runTransformed } from "./testing/run-transformed.js";

beforeAll(async () => void (await init({ device: "cpu" })));

test("values in dumps have the names of variables and the places of what made them", async () => {
  const { exports } = runTransformed(`import { crossEntropy, matmul, relu } from "${"weftjs"}";
export function loss(w, x, labels) {
  const h1 = relu(matmul(x, w) + 1);
  let y = h1 *
    2;
  y -= 1;
  const cost = crossEntropy(y, labels);
  return cost.mean();
}`);
  const [w, x, labels] = [
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    tensor([[1, 2]]),
    tensor([1], { dtype: "int32" }),
  ];
  const report = await inspect(exports.loss, w, x, labels);
  expect(report.trace).toMatchInlineSnapshot(`
    "graph loss(%x: f32[1,2], %w: f32[2,3], %labels: i32[1]) {
      %0: f32[1,3] = matmul %x, %w                                     // model.ts:3:19
      %1: f32[1,3] = constant {dtype=float32, shape=[1,3], value=1}    // model.ts:3:14
      %2: f32[1,3] = add %0, %1                                        // model.ts:3:14
      %h1: f32[1,3] = relu %2                                          // model.ts:3:14
      %3: f32[1,3] = constant {dtype=float32, shape=[1,3], value=2}    // model.ts:4:11
      %y: f32[1,3] = multiply %h1, %3                                  // model.ts:4:11
      %4: f32[1,3] = constant {dtype=float32, shape=[1,3], value=1}    // model.ts:6:3
      %y_1: f32[1,3] = subtract %y, %4                                 // model.ts:6:3
      %5: f32[1] = max %y_1 {axes=[1]}                                 // model.ts:7:16
      %6: f32[1,1] = reshape %5 {shape=[1,1]}                          // model.ts:7:16
      %7: f32[1,1] = stopGradient %6                                   // model.ts:7:16
      %8: bool[1,1] = isFinite %7                                      // model.ts:7:16
      %9: f32[1,1] = constant {dtype=float32, shape=[1,1], value=0}    // model.ts:7:16
      %10: f32[1,1] = where %8, %7, %9                                 // model.ts:7:16
      %11: f32[1,3] = broadcastTo %10 {shape=[1,3]}                    // model.ts:7:16
      %12: f32[1,3] = subtract %y_1, %11                               // model.ts:7:16
      %13: f32[1,3] = exp %12                                          // model.ts:7:16
      %14: f32[1] = sum %13 {axes=[1]}                                 // model.ts:7:16
      %15: f32[1,1] = reshape %14 {shape=[1,1]}                        // model.ts:7:16
      %16: f32[1,1] = log %15                                          // model.ts:7:16
      %17: f32[1,3] = broadcastTo %16 {shape=[1,3]}                    // model.ts:7:16
      %18: f32[1,3] = subtract %12, %17                                // model.ts:7:16
      %19: i32[1,3] = iota {axis=1, dtype=int32, shape=[1,3]}          // model.ts:7:16
      %20: i32[1,1] = reshape %labels {shape=[1,1]}                    // model.ts:7:16
      %21: i32[1,3] = broadcastTo %20 {shape=[1,3]}                    // model.ts:7:16
      %22: bool[1,3] = equal %21, %19                                  // model.ts:7:16
      %23: f32[1,3] = constant {dtype=float32, shape=[1,3], value=0}   // model.ts:7:16
      %24: f32[1,3] = where %22, %18, %23                              // model.ts:7:16
      %25: f32[1] = sum %24 {axes=[1]}                                 // model.ts:7:16
      %26: f32[1] = negative %25                                       // model.ts:7:16
      %27: i32[1] = constant {dtype=int32, shape=[1], value=0}         // model.ts:7:16
      %28: bool[1] = greaterEqual %labels, %27                         // model.ts:7:16
      %29: i32[1] = constant {dtype=int32, shape=[1], value=3}         // model.ts:7:16
      %30: bool[1] = less %labels, %29                                 // model.ts:7:16
      %31: bool[1] = logicalAnd %28, %30                               // model.ts:7:16
      %32: f32[1] = constant {dtype=float32, shape=[1], value=nan}     // model.ts:7:16
      %33: f32[1] = where %31, %26, %32                                // model.ts:7:16
      %34: f32[] = sum %33 {axes=[0]}                                  // model.ts:7:16
      %35: f32[] = constant {dtype=float32, shape=[], value=1}         // model.ts:7:16
      %cost: f32[] = divide %34, %35                                   // model.ts:7:16
      %36: f32[] = sum %cost {axes=[]}                                 // model.ts:8:10
      %37: f32[] = constant {dtype=float32, shape=[], value=1}         // model.ts:8:10
      %38: f32[] = divide %36, %37                                     // model.ts:8:10
      return %38
    }"
  `);
});
