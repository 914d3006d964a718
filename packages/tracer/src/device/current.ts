import { readSwitch, WeftError } from "@weftjs/ir";
import { type DeviceInfo, lostTooOften, type RuntimeOptions } from "@weftjs/runtime";
import { CheckingExecutor } from "./checking-executor.js";
import { CpuExecutor } from "./cpu-executor.js";
import type { Executor } from "./executor.js";
import { WebGpuExecutor } from "./webgpu-executor.js";

/** Which device `init` chooses. */
export interface InitOptions {
  /**
   * `webgpu` unless `WEFT_DEVICE` says otherwise; `cpu` is the reference interpreter; a `GPUDevice` of your own is
   * shared with whatever else uses it.
   */
  readonly device?: "webgpu" | "cpu" | GPUDevice;
  /** A part of the adapter's name, or `swiftshader`. Node only. */
  readonly adapter?: string;
  /** For browsers with several GPUs; `high-performance` where absent. */
  readonly powerPreference?: GPUPowerPreference;
}

/** What is known of the cpu device. */
export interface CpuInfo {
  /** Always the same. */
  readonly name: "cpu";
}

/** The one device. */
let current: Executor | null = null;

/** The device; chosen at the first use. */
export function executor(): Executor {
  return (current ??= open({}));
}

/**
 * Chooses the device, waits until it is there and says what it is. Never needed: without it the first tensor
 * chooses, and work is queued until the device is ready. After W4010, a lost device, it opens a new one: what the
 * tensors of the lost one held is gone, and using them goes on throwing W4010; functions compile again.
 *
 * @throws W4052 when another device is in use already; W4001 to W4004 when none is found; W4012 when three devices in a
 * row were lost before they did anything.
 */
export async function init(options: InitOptions = {}): Promise<DeviceInfo | CpuInfo> {
  if (isLost(current)) return reopen(current, options);
  if (current === null) current = open(options);
  else if (options.device && options.device !== current.kind)
    throw alreadyChosen(current.kind, options.device);
  return describe(current);
}

/** Devices in a row that were lost before they did anything. */
let losses = 0;
const MOST_LOSSES = 3;

function isLost(device: Executor | null): device is WebGpuExecutor {
  return device instanceof WebGpuExecutor && device.runtime.isLost;
}

async function reopen(lost: WebGpuExecutor, options: InitOptions): Promise<DeviceInfo | CpuInfo> {
  losses = lost.runtime.hasAnswered ? 0 : losses + 1;
  if (losses >= MOST_LOSSES) throw lostTooOften(losses, lost.runtime.end);
  current = open(options);
  try {
    return await describe(current);
  } catch (error) {
    current = lost; // The next `init` tries again.
    throw error;
  }
}

async function describe(device: Executor): Promise<DeviceInfo | CpuInfo> {
  return device instanceof WebGpuExecutor ? device.runtime.ready() : { name: "cpu" };
}

/** Waits until all that is queued is done. Rejects with the first error not reported yet. */
export async function sync(): Promise<void> {
  await current?.sync();
}

function open({ device, adapter, powerPreference }: InitOptions): Executor {
  const kind = device ?? readSwitch("WEFT_DEVICE") ?? "webgpu";
  if (typeof kind === "object") return onGpu({ device: kind });
  if (kind === "cpu") return new CpuExecutor();
  if (kind === "webgpu") return onGpu({ adapter, powerPreference });
  throw new WeftError({
    code: "W4053",
    message: `there is no device called ${kind}`,
    hint: "WEFT_DEVICE is webgpu or cpu",
  });
}

function onGpu(options: RuntimeOptions): WebGpuExecutor {
  const checks = {
    validates: readSwitch("WEFT_VALIDATE"),
    huntsNaN: readSwitch("WEFT_DEBUG").includes("nan"),
  };
  if (checks.validates || checks.huntsNaN) return new CheckingExecutor(options, checks);
  return new WebGpuExecutor(options);
}

function alreadyChosen(used: string, wanted: string | GPUDevice): WeftError {
  const name = typeof wanted === "string" ? wanted : "a device of its own";
  return new WeftError({
    code: "W4052",
    message: `init asked for ${name}, but tensors are on ${used} already`,
    hint: "call init before the first tensor is made",
  });
}
