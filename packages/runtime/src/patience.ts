import { callNextTurn, isNode } from "./environment.js";

/** Of the time waited so far, what may pass between two looks: answers come that much later at most. */
const SHARE = 1 / 16;
const LONGEST_MS = 1;
/** Sleeping takes about so long at least. */
const SHORTEST_MS = 0.06;

/**
 * Waits without work. In Node, WebGPU looks for answers in every turn of the event loop and so keeps a core busy, which a
 * software adapter needs to compute: while somebody waits, the thread sleeps between turns. It wakes often enough
 * that an answer, or a timer of the user's, is late by a sixteenth of the wait or a millisecond, whichever is less.
 */
export class Patience {
  readonly #isNeeded: boolean;
  readonly #never = isNode() ? new Int32Array(new SharedArrayBuffer(4)) : null;
  #waiting = 0;
  /** When the last wait began. */
  #since = 0;
  #isAtWork = false;

  constructor(isSoftware: boolean) {
    this.#isNeeded = isSoftware && isNode();
  }

  /** Gives `answer` back. */
  wait<T>(answer: Promise<T>): Promise<T> {
    if (!this.#isNeeded) return answer;
    this.#waiting++;
    this.#since = performance.now();
    const done = (): void => void this.#waiting--;
    answer.then(done, done);
    if (!this.#isAtWork) {
      this.#isAtWork = true;
      callNextTurn(this.#turn);
    }
    return answer;
  }

  readonly #turn = (): void => {
    this.#isAtWork = this.#waiting > 0;
    if (!this.#isAtWork) return;
    const pause = Math.min(SHARE * (performance.now() - this.#since), LONGEST_MS);
    if (pause >= SHORTEST_MS) Atomics.wait(this.#never!, 0, 0, pause);
    callNextTurn(this.#turn);
  };
}
