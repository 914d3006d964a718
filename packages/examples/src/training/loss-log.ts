import type { Tensor } from "weftjs";
import type { HeldOut, Monitor } from "./monitor.js";

export interface LossPoint {
  /** Steps done before the loss was measured. */
  readonly step: number;
  readonly loss: number;
}

/** At most so many steps are queued between two reads: each holds a batch in memory. */
const STEPS_BETWEEN_READS = 25;

/**
 * Keeps the loss of every so many steps. One read is always under way while the next steps are queued, so that
 * the device neither waits for the host nor is flooded by it.
 */
export class LossLog implements Monitor {
  readonly points: LossPoint[] = [];
  /** What each epoch ended with. */
  readonly heldOut: HeldOut[] = [];
  #steps = 0;
  #done = 0;
  #pending: Promise<void> = Promise.resolve();

  get steps(): number {
    return this.#steps;
  }

  start(steps: number): void {
    this.#steps = steps;
  }

  async step(loss: Tensor): Promise<void> {
    const step = this.#done++;
    const every = Math.min(Math.max(Math.round(this.#steps / 50), 1), STEPS_BETWEEN_READS);
    if (step % every === 0 || step === this.#steps - 1) await this.#read(step, loss);
  }

  epoch(_epoch: number, heldOut: HeldOut): void {
    this.heldOut.push(heldOut);
  }

  async end(loss: Tensor): Promise<void> {
    await this.#read(this.#done, loss);
  }

  /** Waits for the last read. */
  async finish(): Promise<void> {
    await this.#pending;
  }

  async #read(step: number, loss: Tensor): Promise<void> {
    const previous = this.#pending;
    // Two reads may answer in either order; the points stay in theirs.
    this.#pending = Promise.all([loss.item(), previous]).then(([value]) =>
      this.record({ step, loss: value }),
    );
    // A failed read is reported where it is awaited, at the next one or in `finish`.
    this.#pending.catch(() => undefined);
    await previous;
  }

  protected record(point: LossPoint): void {
    this.points.push(point);
  }
}
