import { save, stats } from "weftjs";
import color from "picocolors";
import type { Example } from "./example.js";
import { lossPlot } from "./loss-plot.js";
import type { TrainOptions } from "./options.js";
import { TerminalMonitor } from "./terminal-monitor.js";

/**
 * Trains an example before the user's eyes: progress, what is held out, the course of the loss, the time; then saves
 * the weights where asked, and shows what the model makes.
 */
export async function runTraining<Options extends TrainOptions>(
  example: Example<Options>,
  options: Options,
  saveTo?: string,
): Promise<void> {
  console.log(color.bold(example.title) + color.dim(`  ${describe(options)}`));
  const monitor = new TerminalMonitor("training");
  const before = stats();
  const start = performance.now();
  const { weights, show } = await example.run(options, monitor);
  await monitor.finish();
  const seconds = (performance.now() - start) / 1000;

  if (monitor.steps > 0) report(monitor, seconds, stats().dispatches - before.dispatches);
  if (saveTo !== undefined) {
    await save(saveTo, weights);
    console.log(`saved to ${saveTo}`);
  }
  await show?.();
}

function report({ points, steps }: TerminalMonitor, seconds: number, dispatches: number): void {
  const chart = lossPlot(points);
  if (chart && points.length > 2) console.log(`\n${chart}\n`);
  const rate = `${steps} steps in ${seconds.toFixed(1)} s, data and tests included`;
  // The interpreter dispatches nothing.
  console.log(dispatches > 0 ? `${rate}; ${(dispatches / steps).toFixed(1)} dispatches a step` : rate);
}

/** Every number and file that was chosen: `epochs 10, batch 100, lr 0.5, seed 1`. */
function describe(options: TrainOptions): string {
  const chosen = Object.entries(options).flatMap(([name, value]) =>
    typeof value === "boolean" || value === undefined ? [] : [`${name} ${value}`],
  );
  return [...chosen, ...(options.isEager ? ["eager"] : [])].join(", ");
}
