import color from "picocolors";
import type { HeldOut } from "./monitor.js";
import { LossLog, type LossPoint } from "./loss-log.js";
import { progressBar, type ProgressBar } from "./progress-bar.js";

/** Runs this short are told step by step, digit by digit. */
const FEW_STEPS = 20;

/** A loss log that shows a run in the terminal while it goes on. */
export class TerminalMonitor extends LossLog {
  readonly #title: string;
  /** Points that an epoch's line has spoken of. */
  #told = 0;
  #bar: ProgressBar | undefined;
  #start = performance.now();

  constructor(title: string) {
    super();
    this.#title = title;
  }

  override start(steps: number): void {
    super.start(steps);
    this.#start = performance.now();
    if (steps > FEW_STEPS) this.#bar = progressBar(steps, this.#title);
  }

  override epoch(epoch: number, heldOut: HeldOut): void {
    super.epoch(epoch, heldOut);
    const losses = this.points.slice(this.#told).map((point) => point.loss);
    this.#told = this.points.length;
    const loss = (losses.reduce((sum, value) => sum + value, 0) / losses.length).toFixed(4);
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(1);
    const line = `epoch ${String(epoch).padStart(2)}  loss ${loss}  ${describe(heldOut)}  ${color.dim(`${seconds} s`)}`;
    if (this.#bar) this.#bar.say(line);
    else console.log(line);
  }

  override async finish(): Promise<void> {
    await super.finish();
    this.#bar?.stop();
  }

  protected override record(point: LossPoint): void {
    super.record(point);
    if (this.#bar) this.#bar.update(point.step + 1, `loss ${point.loss.toFixed(4)}`);
    else console.log(`step ${String(point.step).padStart(3)}  loss ${point.loss.toFixed(6)}`);
  }
}

function describe({ accuracy, loss }: HeldOut): string {
  const parts = [
    accuracy === undefined ? [] : [`test accuracy ${color.green(`${(100 * accuracy).toFixed(2)} %`)}`],
    loss === undefined ? [] : [`held out ${color.green(loss.toFixed(4))}`],
  ];
  return parts.flat().join("  ");
}
