import { Argument, type Command } from "commander";
import type { TrainOptions } from "../training/options.js";
import { integer, positiveInteger, positiveNumber } from "./numbers.js";

/** The models by name, said here so that `weft --help` need not load them. */
const MODEL_NAMES = ["housing", "softmax", "mlp", "lenet"] as const;

type ModelName = (typeof MODEL_NAMES)[number];

/** As commander gives it: what was not asked for is absent. */
interface TrainFlags {
  readonly epochs?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly seed?: number;
  readonly eager?: true;
  readonly save?: string;
}

export function addTrainCommand(program: Command): void {
  program
    .command("train")
    .description("train a model of the tutorial on its data set")
    .addArgument(new Argument("<model>", "which model").choices(MODEL_NAMES))
    .option("--epochs <count>", "passes over the training data (lenet 1, the others 10)", positiveInteger)
    .option("--batch <rows>", "rows in a batch (housing 506, the others 100)", positiveInteger)
    .option("--lr <number>", "learning rate (housing 0.1, lenet 0.001, the others 0.5)", positiveNumber)
    .option("--seed <number>", "where the first weights and the order of batches come from", integer)
    .option("--eager", "one kernel an op instead of fused ones, for comparison")
    .option("--save <file>", "write the trained weights: a .safetensors or .npz file")
    .action(train);
}

async function train(name: ModelName, flags: TrainFlags): Promise<void> {
  const [{ save }, { announceDevice }, { examples }, { runTraining }] = await Promise.all([
    import("weftjs"),
    import("../training/announce-device.js"),
    import("../models/examples.js"),
    import("../training/run-training.js"),
  ]);
  const example = examples[name];
  await announceDevice();
  const params = await runTraining(example, trainOptions(example.defaults, flags));
  if (flags.save !== undefined) {
    await save(flags.save, params);
    console.log(`saved to ${flags.save}`);
  }
}

/** The example's defaults under what the user asked for. */
export function trainOptions(
  defaults: TrainOptions,
  { epochs, batch, lr, seed, eager }: TrainFlags,
): TrainOptions {
  return {
    epochs: epochs ?? defaults.epochs,
    batch: batch ?? defaults.batch,
    lr: lr ?? defaults.lr,
    seed: seed ?? defaults.seed,
    isEager: eager ?? defaults.isEager,
  };
}
