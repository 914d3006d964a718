import { type DType, formatType, type Shape, type TensorType } from "@weftjs/ir/core";
import type { DeviceInfo } from "../open-device.js";
import type { RuntimeCore } from "../runtime-core.js";
import type { RuntimeStats } from "../stats.js";
import { numbersFault } from "./bind-arguments.js";
import { DeviceTensor } from "./device-tensor.js";
import { noNumbers } from "./module-errors.js";
import { uploadNumbers } from "./upload-numbers.js";

/** The device that a module's functions run on. */
export class ModuleDevice {
  readonly #runtime: RuntimeCore;

  constructor(runtime: RuntimeCore) {
    this.#runtime = runtime;
  }

  /** What is known of it. */
  get info(): DeviceInfo {
    return this.#runtime.info!; // A module is there when its device is.
  }

  /** Numbers on the device, for what is used in many calls. @throws W4073 where they do not fit the shape. */
  tensor(value: unknown, shape: Shape, dtype: DType = "float32"): DeviceTensor {
    const type: TensorType = { dtype, shape: [...shape] };
    const fault = numbersFault(type, value);
    if (fault !== undefined) throw noNumbers(formatType(type), `it is given ${fault}`);
    const storage = uploadNumbers(this.#runtime, { type, value, path: formatType(type) });
    return new DeviceTensor(this.#runtime, type, storage);
  }

  /** Waits until all that is queued is done. Rejects with the first error that nothing has reported yet. */
  sync(): Promise<void> {
    return this.#runtime.sync();
  }

  /** Counts since the module was loaded. */
  stats(): RuntimeStats {
    return this.#runtime.stats();
  }

  /** Gives the device back, unless it was the caller's. What is on it is gone. */
  destroy(): void {
    this.#runtime.destroy();
  }
}
