import { InvalidArgumentError, type Command } from "commander";
import color from "picocolors";
import { positiveInteger } from "./numbers.js";

const CASE_NAMES = ["housing", "softmax", "mlp", "lenet", "charlm", "chain", "rows"];

interface BenchFlags {
  readonly models: readonly string[];
  readonly rounds: number;
  readonly replay?: true;
  readonly transform?: true;
  readonly json?: true;
}

export function addBenchCommand(program: Command): void {
  program
    .command("bench")
    .description("fused kernels against one kernel an op, in one run on this device")
    .option("--models <names>", `which of ${CASE_NAMES.join(",")}`, caseNames, CASE_NAMES)
    .option("--rounds <count>", "rounds to take the median of", positiveInteger, 9)
    .option("--replay", "instead: what replaying and recording a function of 2,000 ops costs an op")
    .option("--transform", "instead: what the transform costs a file, and a proven function a call")
    .option("--json", "print one JSON object and nothing else")
    .action(bench);
}

function caseNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !CASE_NAMES.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`${JSON.stringify(unknown)} is none of ${CASE_NAMES.join(", ")}.`);
}

async function bench(flags: BenchFlags): Promise<void> {
  if (!flags.json) {
    const { announceDevice } = await import("../training/announce-device.js");
    await announceDevice();
  }
  if (flags.transform) return benchTransform(flags);
  await (flags.replay ? benchReplay(flags) : benchFusion(flags));
}

async function benchReplay({ json }: BenchFlags): Promise<void> {
  const { measureReplay, replayReport } = await import("../bench/replay.js");
  const costs = await measureReplay();
  console.log(json ? JSON.stringify(costs, null, 2) : replayReport(costs));
}

async function benchTransform({ json }: BenchFlags): Promise<void> {
  const { measureTransform, transformReport } = await import("../bench/transform.js");
  const costs = await measureTransform();
  console.log(json ? JSON.stringify(costs, null, 2) : transformReport(costs));
}

async function benchFusion({ models, rounds, json }: BenchFlags): Promise<void> {
  const { compareAll } = await import("../bench/compare-all.js");
  const { comparisonTable } = await import("../bench/comparison-table.js");
  const comparisons = await compareAll(models, { rounds, roundTime: 100 }, (name) => {
    if (!json) console.log(color.dim(`measuring ${name}`));
  });
  if (json) return console.log(JSON.stringify(comparisons, null, 2));
  console.log(`\n${comparisonTable(comparisons)}\n`);
  for (const { name, what, difference } of comparisons) {
    console.log(color.dim(`${name}: ${what}; results agree to ${difference.toExponential(1)}`));
  }
}
