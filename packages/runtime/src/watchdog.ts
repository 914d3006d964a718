import { readDeviceSwitch, type WeftError } from "@weftjs/ir/core";
import { gpuSilent } from "./device-errors.js";

/** Long enough for any work that ends: browsers and drivers give up within seconds, software adapters never do. */
const DEFAULT_SECONDS = 600;

/**
 * An answer of the GPU, or W4013 where it does not come in time: kernels have no loop without a bound, but a driver may
 * hang, and waiting for ever would say nothing. `WEFT_WATCHDOG_S` sets the time, 0 waits for ever.
 */
export async function answerInTime<T>(answer: Promise<T>, works: () => readonly string[]): Promise<T> {
  const given = readDeviceSwitch("WEFT_WATCHDOG_S");
  const seconds = given === undefined ? DEFAULT_SECONDS : Number(given);
  if (!(seconds > 0)) return answer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<WeftError>((resolve) => {
    timer = setTimeout(() => resolve(gpuSilent(seconds, works())), Math.min(1000 * seconds, 2 ** 31 - 1));
    // In Node a timer is an object, which must not keep the process alive.
    (timer as { unref?: () => void }).unref?.();
  });
  try {
    return await Promise.race([answer, silence.then((error) => Promise.reject(error))]);
  } finally {
    clearTimeout(timer);
  }
}
