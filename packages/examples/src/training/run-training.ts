import { stats } from "weftjs";
import color from "picocolors";
import type { Example } from "../models/examples.js";
import { lossPlot } from "./loss-plot.js";
import type { TrainOptions } from "./options.js";
import { TerminalMonitor } from "./terminal-monitor.js";

/** Trains an example before the user's eyes: progress, accuracies, the course of the loss, the time. */
export async function runTraining(example: Example, options: TrainOptions): Promise<unknown> {
  console.log(color.bold(example.title) + color.dim(`  ${describe(options)}`));
  const monitor = new TerminalMonitor("training");
  const before = stats();
  const start = performance.now();
  const params = await example.run(options, monitor);
  await monitor.finish();
  const seconds = (performance.now() - start) / 1000;

  const chart = lossPlot(monitor.points);
  if (chart && monitor.points.length > 2) console.log(`\n${chart}\n`);
  const dispatches = (stats().dispatches - before.dispatches) / monitor.steps;
  const rate = `${monitor.steps} steps in ${seconds.toFixed(1)} s, data and tests included`;
  // The interpreter dispatches nothing.
  console.log(dispatches > 0 ? `${rate}; ${dispatches.toFixed(1)} dispatches a step` : rate);
  return params;
}

function describe({ epochs, batch, lr, seed, isEager }: TrainOptions): string {
  return `epochs ${epochs}, batch ${batch}, lr ${lr}, seed ${seed}${isEager ? ", eager" : ""}`;
}
