import { expect, test } from "vitest";
import { grad, inspect, jit, parseGraph, printGraph, random, valueAndGrad, zeros } from "weftjs";
import type { Expression } from "../trees/expression.js";
import * as lstm from "./char-lstm.js";
import * as transformer from "./char-transformer.js";
import * as tree from "./expression-tree.js";
import * as housing from "./housing.js";
import * as lenet from "./mnist-lenet.js";
import * as mlp from "./mnist-mlp.js";
import * as softmax from "./mnist-softmax.js";
import * as vae from "./mnist-vae.js";
import * as newton from "./newton.js";

const reports = {
  housing: () => inspect(jit(grad(housing.loss)), housing.init(), zeros([506, 13]), zeros([506, 1])),
  softmax: () => inspect(jit(grad(softmax.loss)), softmax.init(1), zeros([100, 784]), digits()),
  mlp: () => inspect(jit(grad(mlp.loss)), mlp.init(1), zeros([100, 784]), digits()),
  lenet: () => inspect(jit(valueAndGrad(lenet.loss)), lenet.init(1), zeros([100, 784]), digits()),
  vae: () => inspect(jit(grad(vae.loss)), vae.init(64, 1), zeros([100, 784]), random.key(1)),
  charlm: () => inspect(jit(valueAndGrad(lstm.loss)), lstm.init(20, 16, 1), text(), text()),
  transformer: () =>
    inspect(jit(valueAndGrad(transformer.loss)), transformer.init(20, 6, 16, 1), text(), text()),
  tree: () => inspect(jit(valueAndGrad(tree.loss)), tree.init(16, 1), nested, 1),
  newton: () => inspect(jit(newton.update), newton.init(), zeros([506, 13]), zeros([506]), 1),
};
const files = {
  housing: "housing.ts",
  softmax: "mnist-softmax.ts",
  mlp: "mnist-mlp.ts",
  lenet: "mnist-lenet.ts",
  vae: "mnist-vae.ts",
  charlm: "char-lstm.ts",
  transformer: "char-transformer.ts",
  tree: "expression-tree.ts",
  newton: "newton.ts",
};
const names = Object.keys(files) as (keyof typeof files)[]; // keys forgets the names' type

const text = (): ReturnType<typeof zeros> => zeros([2, 6], { dtype: "int32" });

/** ((1 and 0) xor 1) */
const nested: Expression = { gate: 2, left: { gate: 0, left: true, right: false }, right: true };

const digits = (): ReturnType<typeof zeros> => zeros([100], { dtype: "int32" });

test.each(names)("inspect shows all stages of the gradient of %s", async (name) => {
  const report = await reports[name]();
  const line = new RegExp(`matmul .*// ${files[name].replace(".", "\\.")}:\\d+:\\d+`);
  expect(report.trace).toMatch(line);
  expect(report.optimized).toMatch(line);
  expect(report.kernels).toContain(files[name]);
  expect(report.wgsl).toContain("@compute");
  expect(report.memory).toContain("peak");
});

test.each(names)("the IR text of %s parses back to the same graph", async (name) => {
  const { trace, optimized } = await reports[name]();
  for (const text of [trace, optimized]) expect(printGraph(parseGraph(text))).toBe(withoutPlaces(text));
});

// Forward 6: each product with its bias and relu, each pool with the number of its winners. The loss and its gradient 1.
// Backward 7 products, the last in slices; the overlapping windows of the second convolution added up, 1; the gradient
// of the first pool, 1; that of the second and three bias gradients in a bundle, 1; the first convolution's bias
// gradient, long and so in two stages, the second together with the slices' sum, 2. jax-js takes 54 in all.
test("value and gradient of LeNet take at most 20 dispatches", async () => {
  expect((await reports.lenet()).dispatches).toBeLessThanOrEqual(20);
});

/** Places in the source are comments to the parser. */
function withoutPlaces(text: string): string {
  return text.replaceAll(/ +\/\/ .*$/gm, "");
}
