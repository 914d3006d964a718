import { readDeviceSwitch } from "@weftjs/ir/core";
import { isNode } from "./environment.js";
import { findAdapter } from "./find-adapter.js";
import { collectByAllocation } from "./gc-pressure.js";
import { adoptDevice, openDevice } from "./open-device.js";
import { Profiler, type TimedDispatch } from "./profiler.js";
import { type DeviceAccess, RuntimeCore } from "./runtime-core.js";

export interface RuntimeOptions {
  /**
   * A part of the adapter's name, or `swiftshader` for the embedded software adapter. Node only. By default
   * `WEFT_ADAPTER`, else the best that is found.
   */
  readonly adapter?: string | undefined;
  /** A device to run on instead of one of the runtime's own. */
  readonly device?: GPUDevice | undefined;
  readonly powerPreference?: GPUPowerPreference | undefined;
  /** Bytes of device memory; by default `WEFT_MEMORY_MB`, else 1 GiB, 512 MiB on a software adapter. */
  readonly budgetBytes?: number | undefined;
  /** Say nothing on stderr; also `WEFT_QUIET=1`. */
  readonly quiet?: boolean | undefined;
}

/** A runtime that finds its device by itself, in Node too, and can be profiled. */
export class Runtime extends RuntimeCore {
  constructor(options: RuntimeOptions = {}) {
    super(accessTo(options));
  }

  /** From here on every dispatch is timed, which takes a pass for each. To be called when `ready()` and in sync. */
  startProfile(): void {
    const { running } = this;
    if (running) running.engine.batch.profiler = new Profiler(running.device);
  }

  /** The dispatches since `startProfile()` that are done, in order: `sync()` before. Empty where none was started. */
  async stopProfile(): Promise<readonly TimedDispatch[]> {
    const { batch } = this.running?.engine ?? {};
    const profiler = batch?.profiler;
    if (batch) batch.profiler = undefined;
    return (await profiler?.results()) ?? [];
  }
}

function accessTo(options: RuntimeOptions): DeviceAccess {
  const { device, adapter, powerPreference = "high-performance", quiet, budgetBytes } = options;
  return {
    isShared: device !== undefined,
    budgetBytes,
    async open() {
      if (device) return adoptDevice(device);
      const name = adapter ?? readDeviceSwitch("WEFT_ADAPTER");
      const request = { name, powerPreference, quiet: quiet ?? readDeviceSwitch("WEFT_QUIET") };
      return openDevice(await findAdapter(request));
    },
    async collector() {
      return isNode() ? (await import("./node/collect-garbage.js")).collectInNode() : collectByAllocation;
    },
  };
}
