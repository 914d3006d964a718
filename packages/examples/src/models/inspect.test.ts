import { expect, test } from "vitest";
import { grad, inspect, jit, parseGraph, printGraph, valueAndGrad, zeros } from "weftjs";
import * as housing from "./housing.js";
import * as lenet from "./mnist-lenet.js";
import * as mlp from "./mnist-mlp.js";
import * as softmax from "./mnist-softmax.js";

const reports = {
  housing: () => inspect(jit(grad(housing.loss)), housing.init(), zeros([506, 13]), zeros([506, 1])),
  softmax: () => inspect(jit(grad(softmax.loss)), softmax.init(1), zeros([100, 784]), digits()),
  mlp: () => inspect(jit(grad(mlp.loss)), mlp.init(1), zeros([100, 784]), digits()),
  lenet: () => inspect(jit(valueAndGrad(lenet.loss)), lenet.init(1), zeros([100, 784]), digits()),
};
const files = {
  housing: "housing.ts",
  softmax: "mnist-softmax.ts",
  mlp: "mnist-mlp.ts",
  lenet: "mnist-lenet.ts",
};

const digits = (): ReturnType<typeof zeros> => zeros([100], { dtype: "int32" });

test.each(["housing", "softmax", "mlp", "lenet"] as const)(
  "inspect shows all stages of the gradient of %s",
  async (name) => {
    const report = await reports[name]();
    const line = new RegExp(`matmul .*// ${files[name].replace(".", "\\.")}:\\d+:\\d+`);
    expect(report.trace).toMatch(line);
    expect(report.optimized).toMatch(line);
    expect(report.kernels).toContain(files[name]);
    expect(report.wgsl).toContain("@compute");
    expect(report.memory).toContain("peak");
  },
);

test.each(["housing", "softmax", "mlp", "lenet"] as const)(
  "the IR text of %s parses back to the same graph",
  async (name) => {
    const { trace, optimized } = await reports[name]();
    for (const text of [trace, optimized]) expect(printGraph(parseGraph(text))).toBe(withoutPlaces(text));
  },
);

// 5 products forward, with bias and relu; 7 backward, of which one in slices; 2 pools, each with the number of its
// winners, and one gradient of a pool; the windows that overlap summed; loss, its gradient and the bias gradients in
// bundles. jax-js takes 54.
test("value and gradient of LeNet take at most 20 dispatches", async () => {
  expect((await reports.lenet()).dispatches).toBeLessThanOrEqual(20);
});

/** Places in the source are comments to the parser. */
function withoutPlaces(text: string): string {
  return text.replaceAll(/ +\/\/ .*$/gm, "");
}
