import { housing as loadHousing, jit, mnist } from "weftjs";
import type { Example } from "../training/example.js";
import { vaeExample } from "../pictures/vae-example.js";
import { charlm, charTransformer } from "../text/char-examples.js";
import { treeExample } from "../trees/tree-example.js";
import { loadHouses } from "../training/houses.js";
import type { PictureOptions, TextOptions, TrainOptions, TreeOptions } from "../training/options.js";
import { defaults } from "./defaults.js";
import * as housing from "./housing.js";
import * as lenet from "./mnist-lenet.js";
import * as mlp from "./mnist-mlp.js";
import * as softmax from "./mnist-softmax.js";
import * as newton from "./newton.js";

export type ExampleName = keyof typeof defaults;

type OptionsOf<Name> = Name extends "charlm" | "transformer"
  ? TextOptions
  : Name extends "vae"
    ? PictureOptions
    : Name extends "tree"
      ? TreeOptions
      : TrainOptions;

/** The models that `weft train` knows, by name. */
export const examples: { readonly [Name in ExampleName]: Example<OptionsOf<Name>> } = {
  housing: {
    title: "linear regression on Housing",
    defaults: defaults.housing,
    run: async (options, monitor) => ({
      weights: await housing.train(await loadHousing(), options, monitor),
    }),
  },
  softmax: {
    title: "softmax regression on MNIST",
    defaults: defaults.softmax,
    run: async (options, monitor) => ({ weights: await softmax.train(await mnist(), options, monitor) }),
  },
  mlp: {
    title: "multilayer perceptron on MNIST",
    defaults: defaults.mlp,
    run: async (options, monitor) => ({ weights: await mlp.train(await mnist(), options, monitor) }),
  },
  lenet: {
    title: "LeNet on MNIST",
    defaults: defaults.lenet,
    run: async (options, monitor) => ({ weights: await lenet.train(await mnist(), options, monitor) }),
  },
  newton: {
    title: "Newton's method on Housing",
    defaults: defaults.newton,
    async run(options, monitor) {
      const { x, y } = await loadHouses();
      const w = await newton.train({ x, y }, options, monitor);
      const share = await jit(newton.accuracy)(w, x, y).item();
      const line = `${(100 * share).toFixed(1)} % of the houses are on the right side`;
      return { weights: w, show: async () => console.log(line) };
    },
  },
  vae: vaeExample,
  charlm,
  transformer: charTransformer,
  tree: treeExample,
};
