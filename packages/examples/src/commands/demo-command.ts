import type { Command } from "commander";
import color from "picocolors";
import { positiveInteger } from "./numbers.js";

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("a tour: train two models on real data, then fused against eager")
    .option("--epochs <count>", "epochs of the MNIST model", positiveInteger, 3)
    .action(demo);
}

async function demo({ epochs }: { readonly epochs: number }): Promise<void> {
  const [{ announceDevice }, { examples }, { runTraining }] = await Promise.all([
    import("../training/announce-device.js"),
    import("../models/examples.js"),
    import("../training/run-training.js"),
  ]);
  await announceDevice();
  heading("1. A line through the housing prices");
  await runTraining(examples.housing, examples.housing.defaults);

  heading("2. A network that reads digits");
  await runTraining(examples.mlp, { ...examples.mlp.defaults, epochs });

  heading("3. The same functions, fused against one kernel an op");
  await quickComparison();

  heading("Where to look next");
  for (const [command, what] of NEXT) console.log(`${color.cyan(command)}\n    ${what}`);
}

async function quickComparison(): Promise<void> {
  const { compareAll } = await import("../bench/compare-all.js");
  const { comparisonTable } = await import("../bench/comparison-table.js");
  const names = ["housing", "softmax", "mlp", "chain", "rows"];
  const comparisons = await compareAll(names, { rounds: 3, roundTime: 60 }, () => {});
  console.log(comparisonTable(comparisons));
}

function heading(text: string): void {
  console.log(`\n${color.bold(text)}`);
}

const NEXT = [
  [
    "npx weft train mlp --epochs 10",
    "to 97 %; also lenet, vae, charlm, transformer and more: npx weft train --help",
  ],
  [
    'npx weft inspect @weftjs/examples/housing --fn loss --grad --args "{w: f32[13,1], b: f32[1]}, f32[506,13], f32[506,1]"',
    "what a gradient becomes: IR with source lines, kernels, WGSL, memory",
  ],
  ["npx weft bench", "the table above, measured with care; --replay for the cost of tracing"],
  ["npx weft doctor", "the device, its driver and its limits"],
] as const;
