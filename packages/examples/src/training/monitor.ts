import type { Tensor } from "weftjs";

/** Watches a training loop. The loop tells; what becomes of it is the monitor's affair. */
export interface Monitor {
  /** Once, with the number of steps to come. */
  start(steps: number): void;
  /** After every step. Await it: reading now and then keeps the device's queue short. */
  step(loss: Tensor): void | Promise<void>;
  /** After an epoch (counted from 1), with the share of test examples that are right. */
  epoch(epoch: number, accuracy: number): void;
  /** Once, where the loss of what came out was measured. */
  end(loss: Tensor): void | Promise<void>;
}

/** Watches nothing. */
export const silent: Monitor = { start() {}, step() {}, epoch() {}, end() {} };
