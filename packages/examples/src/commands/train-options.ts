import { Option } from "commander";
import { count, integer, positiveInteger, positiveNumber } from "./numbers.js";

export type OptionName =
  | "epochs" | "batch" | "lr" | "seed" | "eager" | "save"
  | "load" | "data" | "seq" | "hidden" | "generate" | "temperature" | "out" | "gates"; // prettier-ignore

/** A way to read an option's value; text as it is where absent. */
type Parse = (text: string) => number;

/** What an option is to the user: its flags and its meaning. */
const OPTIONS: Readonly<Record<OptionName, readonly [flags: string, what: string, parse?: Parse]>> = {
  epochs: ["--epochs <count>", "passes over the training data", positiveInteger],
  batch: ["--batch <rows>", "rows in a batch", positiveInteger],
  lr: ["--lr <number>", "learning rate", positiveNumber],
  seed: ["--seed <number>", "where the first weights and the order of batches come from", integer],
  eager: ["--eager", "one kernel an op instead of fused ones, for comparison"],
  save: ["--save <file>", "write the trained weights: a .safetensors or .npz file"],
  load: ["--load <file>", "start from saved weights; without --epochs they are not trained further"],
  data: ["--data <file>", "a text file to learn from, instead of Moby Dick"],
  seq: ["--seq <characters>", "characters in a sequence: how far back gradients go", positiveInteger],
  hidden: ["--hidden <size>", "how many numbers the model has inside", positiveInteger],
  generate: ["--generate <count>", "what to make once trained", count],
  temperature: [
    "--temperature <number>",
    "of what is made: below 1 less daring, above 1 more",
    positiveNumber,
  ],
  out: ["--out <file>", "write what is made as a picture: a .png file"],
  gates: ["--gates <count>", "at most so many in an expression; more make more shapes", positiveInteger],
};

/** The option of `weft train` with a model's own default, if it has one. */
export function trainOption(name: OptionName, defaults: Readonly<Partial<Record<string, unknown>>>): Option {
  const [flags, description, parse] = OPTIONS[name];
  const option = new Option(flags, description);
  if (parse) option.argParser(parse);
  return name in defaults ? option.default(defaults[name]) : option;
}
