import { beforeAll, expect, test } from "vitest";
import * as weft from "../index.js";
import { init, Tensor, tensor, zeros } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** Functions that make tensors, take a list, a formula, a key or a function first, or are no ops. */
const FUNCTIONS_ONLY = new Set(
  (
    "tensor zeros ones full eye arange linspace tri concat stack einsum dropout " +
    "init sync decodeNpy decodeNpz decodeSafetensors encodeNpy encodeNpz encodeSafetensors fillTree load save " +
    "adadelta adagrad adam adamw chain clipByGlobalNorm momentum nesterov rmsprop sgd " +
    "glorotNormal glorotUniform heNormal heUniform lecunNormal lecunUniform varianceScaling " +
    "keep tidy inspect stats Tensor checkGrads checkpoint customVjp defineOp grad valueAndGrad eager jit " +
    "profile exportOnnx hessian jacfwd jacrev jvp vjp vmap pure cond whileLoop forLoop scan"
  ).split(" "),
);

test("every op whose first operand is a tensor is a method too", () => {
  const functions = Object.entries(weft).filter(([, value]) => typeof value === "function");
  const missing = functions
    .map(([name]) => name)
    .filter((name) => !FUNCTIONS_ONLY.has(name) && !(name in Tensor.prototype));
  expect(missing).toEqual([]);
});

test("a method is the function with the tensor in front", async () => {
  const logits = tensor([[1, 2], [4, 3]]); // prettier-ignore
  const labels = tensor([1, 1], { dtype: "int32" });
  expect(await logits.greater(2).where(logits, 0).toArray()).toEqual([[0, 0], [4, 3]]); // prettier-ignore
  expect(await logits.accuracy(labels).item()).toBe(0.5);
  expect(await logits.crossEntropy(labels).item()).toBeCloseTo(
    await weft.crossEntropy(logits, labels).item(),
  );
  expect(await logits.mse(1).item()).toBe(3.5);
});

test("softmax and its kin along an axis of no elements have nothing to overflow", async () => {
  const none = zeros([2, 0]);
  expect(await none.softmax().toArray()).toEqual([[], []]);
  expect(await none.logSoftmax().toArray()).toEqual([[], []]);
  expect(await none.logsumexp({ axis: 1 }).toArray()).toEqual([-Infinity, -Infinity]);
});
