import type { Storage } from "../device/executor.js";
import type { Tensor } from "../tensor.js";

/** A trace that a bound tensor's content may still be needed in. */
export interface Lender {
  /** Keeps the content as long as it may be needed; takes over the reference. */
  releaseAtEnd(tensor: Tensor, storage: Storage): void;
}

/** A call of an async function that has not come to its end. */
export interface WaitingCall {
  /** Its traces that have the tensor for an input. */
  lendersOf(tensor: Tensor): readonly Lender[];
}

/** The calls that wait for promises; part of the one recording scope. */
export const waitingCalls: Set<WaitingCall> = new Set();
