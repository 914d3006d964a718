import { adam, type OptimizerState, softmax, tensor, tree, uniformStream, type Tensor } from "weftjs";
import { gaussian } from "../models/gaussian.js";
import * as lstm from "../models/char-lstm.js";
import * as housing from "../models/housing.js";
import * as lenet from "../models/mnist-lenet.js";
import * as mlp from "../models/mnist-mlp.js";
import * as softmaxModel from "../models/mnist-softmax.js";
import type { BenchCase, Run } from "./bench-case.js";

const CHAIN_LENGTH = 10;

/** The steps of models, and single programs whose kernels are counted elsewhere. Seeded random data. */
export const benchCases: readonly BenchCase[] = [
  {
    name: "housing",
    what: "linear regression, SGD step, batch 506",
    start(compile) {
      const [x, y] = [normal([506, 13], 1), normal([506, 1], 2)];
      return trainingRun(compile(housing.update, { donate: [0] }), housing.init(), x, y, 0.1);
    },
  },
  {
    name: "softmax",
    what: "softmax regression 784-10, SGD step, batch 100",
    start(compile) {
      const step = compile(softmaxModel.update, { donate: [0] });
      return trainingRun(step, softmaxModel.init(1), normal([100, 784], 1), classes([100], 10), 0.05);
    },
  },
  {
    name: "mlp",
    what: "multilayer perceptron 784-64-10, SGD step, batch 100",
    start(compile) {
      const step = compile(mlp.update, { donate: [0] });
      return trainingRun(step, mlp.init(1), normal([100, 784], 1), classes([100], 10), 0.05);
    },
  },
  {
    name: "lenet",
    what: "LeNet, Adam step, batch 10",
    start(compile) {
      const params = lenet.init(1);
      const step = compile(lenet.update, { donate: [0, 1] });
      return adamRun(step, params, normal([10, 784], 1), classes([10], 10), 1e-3);
    },
  },
  {
    name: "charlm",
    what: "character LSTM 83-128-83, Adam step, batch 20, 10 characters",
    start(compile) {
      const params = lstm.init(83, 128, 1);
      const step = compile(lstm.update, { donate: [0, 1] });
      return adamRun(step, params, classes([20, 10], 83), classes([20, 10], 83), 2e-3);
    },
  },
  {
    name: "chain",
    what: `elementwise chain of ${3 * CHAIN_LENGTH} ops on 1M elements`,
    start: (compile) => functionRun(compile(elementwiseChain), normal([1024, 1024], 1)),
  },
  {
    name: "rows",
    what: "softmax over the rows of [1024, 1000]",
    start: (compile) =>
      functionRun(
        compile((x: Tensor) => softmax(x, { axis: -1 })),
        normal([1024, 1000], 1),
      ),
  },
];

function elementwiseChain(x: Tensor): Tensor {
  for (let i = 0; i < CHAIN_LENGTH; i++) x = x.mul(1.0009765625).add(0.25).tanh();
  return x;
}

type Step<Params> = (params: Params, x: Tensor, y: Tensor, lr: number) => [Params, Tensor];

function trainingRun<Params>(step: Step<Params>, params: Params, x: Tensor, y: Tensor, lr: number): Run {
  let loss: Tensor | undefined;
  return {
    call: () => void ([params, loss] = step(params, x, y, lr)),
    results: () => allNumbers([params, loss]),
  };
}

type AdamStep<Params> = (
  params: Params,
  moments: OptimizerState,
  x: Tensor,
  y: Tensor,
  lr: number,
) => [Params, OptimizerState, Tensor];

function adamRun<Params>(step: AdamStep<Params>, params: Params, x: Tensor, y: Tensor, lr: number): Run {
  let moments = adam(lr).init(params);
  let loss: Tensor | undefined;
  return {
    call: () => void ([params, moments, loss] = step(params, moments, x, y, lr)),
    results: () => allNumbers([params, loss]),
  };
}

function functionRun(f: (x: Tensor) => Tensor, x: Tensor): Run {
  let result: Tensor | undefined;
  return {
    call() {
      result?.dispose();
      result = f(x);
    },
    results: () => allNumbers(result),
  };
}

async function allNumbers(results: unknown): Promise<number[]> {
  const leaves = tree.flatten(results).leaves as Tensor[]; // the results of these functions are tensors throughout
  const parts = await Promise.all(leaves.map((leaf) => leaf.data()));
  return parts.flatMap((part) => Array.from(part as ArrayLike<number>));
}

function normal(shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(gaussian(count, 1, uniformStream(seed)), { shape });
}

function classes(shape: readonly number[], count: number): Tensor {
  const next = uniformStream(3);
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tensor(
    Int32Array.from({ length: size }, () => Math.floor(count * next())),
    { shape },
  );
}
