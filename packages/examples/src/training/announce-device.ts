import { init } from "weftjs";
import color from "picocolors";

/** Waits for the device and says in one line what it is. */
export async function announceDevice(): Promise<void> {
  // The runtime need not say it once more.
  process.env.WEFT_QUIET ??= "1";
  console.log(color.dim(`device: ${describe(await init())}`));
}

function describe(device: Awaited<ReturnType<typeof init>>): string {
  if (!("software" in device)) return "the reference interpreter, slow and exact (WEFT_DEVICE=cpu)";
  return `${device.name} (${device.software ? "no GPU found: shaders run on the CPU" : "GPU"})`;
}
