/** What the runtime asks of its surroundings, the same in Node and in browsers. */

interface Surroundings {
  readonly navigator?: { readonly gpu?: GPU };
  readonly process?: { readonly versions?: { node?: string } };
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => { port1: Port; port2: Port };
}
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
}

// The globals differ between Node, browsers and workers; each is asked for before it is used.
const surroundings = globalThis as unknown as Surroundings;

export function isNode(): boolean {
  return typeof surroundings.process?.versions?.node === "string";
}

/** The WebGPU that the surroundings offer by themselves: a browser's, or one that the user put there. */
export function ambientGpu(): GPU | undefined {
  return surroundings.navigator?.gpu;
}

/**
 * Calls back in a later macrotask, without the 4 ms that browsers add to timers. In Node the process stays
 * alive until then.
 */
export function callNextTurn(callback: () => void): void {
  if (surroundings.setImmediate) {
    surroundings.setImmediate(callback);
  } else if (surroundings.MessageChannel) {
    const channel = new surroundings.MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.onmessage = null; // An open port would keep the channel alive.
      callback();
    };
    channel.port2.postMessage(null);
  } else {
    setTimeout(callback, 0);
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => callNextTurn(resolve));
}
