import type { Command } from "commander";
import { defaults } from "../models/defaults.js";
import type { ExampleName } from "../models/examples.js";
import type { Example } from "../training/example.js";
import type { TrainOptions } from "../training/options.js";
import { type OptionName, trainOption } from "./train-options.js";

const TEXT = ["batch", "data", "seq", "hidden", "load", "generate", "temperature"] as const;

/** The models, said here so that `weft --help` need not load them. */
const MODELS: Readonly<Record<ExampleName, readonly [what: string, ...own: OptionName[]]>> = {
  housing: ["linear regression on the Boston housing prices", "batch"],
  newton: ["Newton's method on the same: gradients of gradients, and no learning rate to choose"],
  softmax: ["softmax regression on MNIST", "batch"],
  mlp: ["multilayer perceptron on MNIST", "batch"],
  lenet: ["LeNet on MNIST: convolutions, Adam", "batch"],
  vae: [
    "variational autoencoder on MNIST, which then draws digits",
    "batch",
    "hidden",
    "load",
    "generate",
    "out",
  ],
  charlm: ["character LSTM on Moby Dick, which then writes", ...TEXT],
  transformer: ["character transformer on Moby Dick, which then writes", ...TEXT],
  tree: ["recursive net on expressions, whose graph has the shape of each", "hidden", "gates"],
};

const COMMON = ["epochs", "lr", "seed", "eager", "save"] as const;

/** As commander gives it. */
type TrainFlags = Partial<Omit<TrainOptions, "isEager">> & {
  readonly eager?: true;
  readonly save?: string;
  readonly load?: string;
};

export function addTrainCommand(program: Command): void {
  const train = program
    .command("train")
    .description("train a model of the tutorial on its data set")
    .addHelpText(
      "after",
      `
Each model takes --epochs --lr --seed --eager --save, most take --batch too; weft train <model> --help
tells its defaults and what else it takes.`,
    );
  for (const name of Object.keys(MODELS) as ExampleName[]) addModel(train, name); // keys forgets the names' type
}

function addModel(train: Command, name: ExampleName): void {
  const [what, ...own] = MODELS[name];
  const command = train.command(name).description(what);
  for (const option of [...COMMON, ...own]) command.addOption(trainOption(option, defaults[name]));
  command.action((flags: TrainFlags) =>
    run(name, flags, command.getOptionValueSource("epochs") === "default"),
  );
}

async function run(
  name: ExampleName,
  { save, ...flags }: TrainFlags,
  isDefaultEpochs: boolean,
): Promise<void> {
  const [{ announceDevice }, { examples }, { runTraining }] = await Promise.all([
    import("../training/announce-device.js"),
    import("../models/examples.js"),
    import("../training/run-training.js"),
  ]);
  await announceDevice();
  const example = examples[name] as Example; // the options of its command are those of the example
  await runTraining(example, trainOptions(example.defaults, flags, isDefaultEpochs), save);
}

/** What commander read, over the example's defaults. Weights that were loaded are trained only when asked for. */
export function trainOptions(
  defaults: TrainOptions,
  { eager, ...options }: Omit<TrainFlags, "save">,
  isDefaultEpochs: boolean,
): TrainOptions {
  const read = { ...defaults, ...options, isEager: eager ?? false };
  return options.load !== undefined && isDefaultEpochs ? { ...read, epochs: 0 } : read;
}
