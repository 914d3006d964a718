import type { Tensor } from "weftjs";

/** What was measured on data that is not trained on. */
export interface HeldOut {
  /** The share of examples that are right. */
  readonly accuracy?: number;
  readonly loss?: number;
}

/** Watches a training loop. The loop tells; what becomes of it is the monitor's affair. */
export interface Monitor {
  /** Once, with the number of steps to come. */
  start(steps: number): void;
  /** After every step. Await it: reading now and then keeps the device's queue short. */
  step(loss: Tensor): void | Promise<void>;
  /** After an epoch, counted from 1. */
  epoch(epoch: number, heldOut: HeldOut): void;
  /** Once, where the loss of what came out was measured. */
  end(loss: Tensor): void | Promise<void>;
}

/** Watches nothing. */
export const silent: Monitor = { start() {}, step() {}, epoch() {}, end() {} };
