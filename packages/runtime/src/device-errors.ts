import { WeftError, type Kernel, type SourceLocation } from "@weftjs/ir/core";

/** The errors of this package, one function each: W40xx. docs/errors.md explains every code. */

const WAYS_TO_AN_ADAPTER =
  "in Node: install a Vulkan driver (any GPU's, or mesa-vulkan-drivers 23 or newer for the CPU), or " +
  "`@sparticuz/chromium` and `koffi` for the embedded SwiftShader (Linux x64); VK_DRIVER_FILES names a driver " +
  "file; WEFT_ADAPTER=swiftshader asks for the embedded one. In a browser: one with WebGPU, on https or localhost";

export function noAdapter(tried: readonly string[]): WeftError {
  return new WeftError({
    code: "W4001",
    class: "device",
    message: "no WebGPU adapter was found",
    notes: tried.map((attempt) => `tried ${attempt.split("\n")[0]}`),
    hint: WAYS_TO_AN_ADAPTER,
  });
}

export function adapterRefused(adapter: string, cause: unknown): WeftError {
  return new WeftError({
    code: "W4002",
    class: "device",
    message: `the adapter ${adapter} gave no device: ${reasonOf(cause)}`,
    hint: "a driver that is too old is refused; update it, or choose another adapter with WEFT_ADAPTER",
    cause,
  });
}

export function adapterNotNamed(wanted: string, cause: unknown): WeftError {
  return new WeftError({
    code: "W4003",
    class: "device",
    message: `no adapter is called "${wanted}": ${reasonOf(cause)}`,
    hint: 'WEFT_ADAPTER takes a part of an adapter\'s name, or "swiftshader" for the embedded software adapter',
    cause,
  });
}

export function embeddedDriverFailed(message: string, cause?: unknown): WeftError {
  return new WeftError({
    code: "W4004",
    class: "device",
    message: `the embedded SwiftShader cannot be used: ${message}`,
    hint: WAYS_TO_AN_ADAPTER,
    cause,
  });
}

export function deviceLost(reason: string, message: string): WeftError {
  return new WeftError({
    code: "W4010",
    class: "device",
    message: `the GPU device was lost (${reason}): ${message || "the driver gave no reason"}`,
    notes: ["every value that was on the device is gone"],
    hint: "await init(), or load() of a precompiled module, opens a new device; bring back what was saved on the host (await x.data(), save)",
  });
}

export function lostTooOften(losses: number, cause: unknown): WeftError {
  return new WeftError({
    code: "W4012",
    class: "device",
    message: `the GPU device was lost ${losses} times in a row, before it had done anything`,
    hint: "choose another adapter with WEFT_ADAPTER, or WEFT_DEVICE=cpu",
    cause,
  });
}

export function gpuSilent(seconds: number, works: readonly string[]): WeftError {
  return new WeftError({
    code: "W4013",
    class: "device",
    message: `the GPU has not answered for ${seconds} s`,
    notes: works.map((name) => `at work: ${name}`),
    hint: "a driver that hangs, or work that takes this long: WEFT_WATCHDOG_S sets the seconds, 0 waits for ever",
  });
}

export function runtimeDestroyed(): WeftError {
  return new WeftError({
    code: "W4011",
    class: "user",
    message: "the runtime was destroyed",
    hint: "read what you need before destroy(), and make a new Runtime to go on",
  });
}

export interface MemoryReport {
  readonly wanted: number;
  readonly budget: number;
  readonly inUse: number;
  readonly largest: readonly string[];
  readonly cause?: unknown;
}

export function outOfMemory(report: MemoryReport): WeftError {
  return new WeftError({
    code: "W4020",
    class: "device",
    message:
      `out of GPU memory: ${formatBytes(report.wanted)} more wanted, ` +
      `${formatBytes(report.inUse)} in use of a budget of ${formatBytes(report.budget)}`,
    notes: report.largest.map((line) => `held: ${line}`),
    hint: "dispose() of tensors that are no longer needed, use smaller batches, or raise WEFT_MEMORY_MB",
    cause: report.cause,
  });
}

export function tooLarge(what: string, bytes: number, limit: number, limitName: string): WeftError {
  const isNear = formatBytes(bytes) === formatBytes(limit);
  const [needed, allowed] = [bytes, limit].map((size) => (isNear ? `${size} B` : formatBytes(size)));
  return new WeftError({
    code: "W4021",
    class: "device",
    message: `${what} needs ${needed}, this adapter allows ${allowed} (${limitName})`,
    hint: "split the tensor, or use float16 where the adapter has it",
  });
}

export function shaderFailed(kernel: Kernel, messages: string): WeftError {
  return new WeftError({
    code: "W4030",
    class: "device",
    message: `kernel ${kernel.name} does not compile`,
    notes: firstLines(messages, 6),
    hint: "this is a fault of Weft or of the driver, not of your program; please report it with these lines",
    location: kernel.locations[0],
  });
}

export function exceedsDevice(message: string, location?: SourceLocation): WeftError {
  return new WeftError({ code: "W4031", class: "bug", message, location });
}

export function commandRefused(message: string): WeftError {
  return new WeftError({
    code: "W4032",
    class: "bug",
    message: "the GPU refused a command",
    notes: firstLines(message, 6),
  });
}

export function storageReleased(bytes: number): WeftError {
  return new WeftError({
    code: "W4040",
    class: "user",
    message: `a tensor of ${formatBytes(bytes)} is used after it was disposed of`,
  });
}

export function callMismatch(message: string): WeftError {
  return new WeftError({ code: "W4041", class: "bug", message });
}

export function neverWritten(bytes: number): WeftError {
  return new WeftError({
    code: "W4042",
    class: "bug",
    message: `${formatBytes(bytes)} of storage are read, but nothing queued writes them`,
  });
}

/** Any thrown thing as a WeftError; what is none yet becomes a bug, W2999, with its cause. */
export function toWeftError(thrown: unknown): WeftError {
  if (thrown instanceof WeftError) return thrown;
  const message = `internal: ${reasonOf(thrown)}`;
  return new WeftError({ code: "W2999", class: "bug", message, cause: thrown });
}

/** `12 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} ${units[unit]}`;
}

export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function firstLines(text: string, count: number): string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, count);
}
