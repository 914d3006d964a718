import { housing as loadHousing, mnist } from "weftjs";
import type { Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";
import * as housing from "./housing.js";
import * as lenet from "./mnist-lenet.js";
import * as mlp from "./mnist-mlp.js";
import * as softmax from "./mnist-softmax.js";

export interface Example {
  readonly title: string;
  readonly defaults: TrainOptions;
  /** Loads the data, trains and gives the parameters. */
  readonly run: (options: TrainOptions, monitor: Monitor) => Promise<unknown>;
}

export type ExampleName = "housing" | "softmax" | "mlp" | "lenet";

/** The models that `weft train` knows, by name. */
export const examples: Readonly<Record<ExampleName, Example>> = {
  housing: {
    title: "linear regression on Housing",
    defaults: housing.defaults,
    run: async (options, monitor) => housing.train(await loadHousing(), options, monitor),
  },
  softmax: {
    title: "softmax regression on MNIST",
    defaults: softmax.defaults,
    run: async (options, monitor) => softmax.train(await mnist(), options, monitor),
  },
  mlp: {
    title: "multilayer perceptron on MNIST",
    defaults: mlp.defaults,
    run: async (options, monitor) => mlp.train(await mnist(), options, monitor),
  },
  lenet: {
    title: "LeNet on MNIST",
    defaults: lenet.defaults,
    run: async (options, monitor) => lenet.train(await mnist(), options, monitor),
  },
};
