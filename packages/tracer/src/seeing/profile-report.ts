import { formatLocation, type Kernel } from "@weftjs/ir";
import type { Ceilings, TimedDispatch } from "@weftjs/runtime";
import { chromeTrace } from "./chrome-trace.js";
import { aligned } from "./program-text.js";

/** What a profile is made from. */
export interface ProfileParts {
  readonly device: string;
  readonly dispatches: readonly TimedDispatch[];
  readonly submits: number;
  readonly wallMs: number;
  readonly ceilings: Ceilings | undefined;
}

/** All dispatches of one kernel together. What needs a clock is undefined on a device without timestamps. */
export interface KernelProfile {
  /** Made of its ops: `matmul_relu`. */
  readonly name: string;
  /** Where the user wrote what it computes: `model.ts:12:3`. */
  readonly lines: readonly string[];
  /** How often it ran. */
  readonly dispatches: number;
  /** Milliseconds of all its runs. */
  readonly ms: number | undefined;
  /** Of the buffers that it reads and writes, each once a dispatch. */
  readonly bytes: number;
  /** One for each element of an op, two for each product of a contraction. */
  readonly operations: number;
  /** `bytes` over the time taken. */
  readonly gigabytesPerSecond: number | undefined;
  /** `operations` over the time taken, in 10⁹ a second. */
  readonly gflops: number | undefined;
  /** The time that this adapter would need at least for these bytes and operations, over the time taken; 1 is best. */
  readonly roofline: number | undefined;
}

/** What `profile` found. `String(profile)` is a table, the slowest kernel first. */
export class Profile {
  /** By time, the longest first; without a clock by bytes. */
  readonly kernels: readonly KernelProfile[];
  /** As the driver calls it. */
  readonly device: string;
  /** How many kernels were started. */
  readonly dispatches: number;
  /** How often work was handed to the GPU. */
  readonly submits: number;
  /** Milliseconds on the host, until all was done. */
  readonly wallMs: number;
  /** Milliseconds of all kernels; undefined on a device without timestamps. */
  readonly gpuMs: number | undefined;
  /** What the adapter can do at most, as measured; undefined without timestamps. */
  readonly ceilings: Ceilings | undefined;
  private readonly timed: readonly TimedDispatch[];

  /** @internal */
  constructor({ device, dispatches, submits, wallMs, ceilings }: ProfileParts) {
    this.device = device;
    this.timed = dispatches;
    this.dispatches = dispatches.length;
    this.submits = submits;
    this.wallMs = wallMs;
    this.ceilings = ceilings;
    this.kernels = byKernel(dispatches, ceilings);
    this.gpuMs = millisecondsOf(dispatches);
  }

  /**
   * Every dispatch on a time line, in the format of Chrome's tracing, which https://ui.perfetto.dev opens; in Node also
   * written to a file. Without timestamps it has no events.
   */
  async trace(file?: string): Promise<string> {
    const text = chromeTrace(this.device, this.timed);
    if (file !== undefined) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(file, text);
    }
    return text;
  }

  /** A table, the slowest kernel first. */
  toString(): string {
    const { device, dispatches, submits, kernels, gpuMs, wallMs, ceilings } = this;
    const counts = `${dispatches} dispatches, ${submits} submits`;
    const clock =
      gpuMs === undefined ? "no GPU times: this device has no timestamps" : `${digits(gpuMs)} ms of kernels`;
    const lines = [`${device}: ${counts}, ${clock}, ${digits(wallMs)} ms in all`];
    if (ceilings) {
      const { bytesPerSecond, operationsPerSecond } = ceilings;
      lines.push(`roof: ${digits(bytesPerSecond / 1e9)} GB/s, ${digits(operationsPerSecond / 1e9)} GFLOP/s`);
    }
    return kernels.length === 0 ? lines.join("\n") : [...lines, "", table(kernels, gpuMs)].join("\n");
  }
}

const HEADINGS = ["kernel", "runs", "ms", "share", "MB", "GB/s", "GFLOP/s", "roofline", "lines"];

function table(kernels: readonly KernelProfile[], total: number | undefined): string {
  const rows = kernels.map((kernel) => [
    kernel.name,
    String(kernel.dispatches),
    digits(kernel.ms),
    percent(kernel.ms === undefined || !total ? undefined : kernel.ms / total),
    digits(kernel.bytes / 1e6),
    digits(kernel.gigabytesPerSecond),
    digits(kernel.gflops),
    percent(kernel.roofline),
    kernel.lines.slice(0, 3).join(" "),
  ]);
  return aligned([HEADINGS, ...rows]);
}

function byKernel(timed: readonly TimedDispatch[], ceilings: Ceilings | undefined): KernelProfile[] {
  const groups = new Map<string, { kernel: Kernel; timed: TimedDispatch[] }>();
  for (const one of timed) {
    const kernel = one.program.kernels[one.program.dispatches[one.dispatch]!.kernel]!;
    const key = [kernel.name, ...kernel.locations.map(formatLocation)].join("\n");
    const group = groups.get(key) ?? { kernel, timed: [] };
    group.timed.push(one);
    groups.set(key, group);
  }
  const kernels = [...groups.values()].map((group) => kernelProfile(group.kernel, group.timed, ceilings));
  return kernels.sort((a, b) => (b.ms ?? b.bytes) - (a.ms ?? a.bytes));
}

function kernelProfile(
  { name, locations }: Kernel,
  timed: readonly TimedDispatch[],
  ceilings: Ceilings | undefined,
): KernelProfile {
  let bytes = 0;
  let operations = 0;
  for (const { program, dispatch } of timed) {
    bytes += program.dispatches[dispatch]!.cost?.bytes ?? 0;
    operations += program.dispatches[dispatch]!.cost?.operations ?? 0;
  }
  const ms = millisecondsOf(timed);
  const rate = (amount: number): number | undefined => (ms ? amount / ms / 1e6 : undefined);
  const least =
    ceilings && Math.max(bytes / ceilings.bytesPerSecond, operations / ceilings.operationsPerSecond);
  return {
    name,
    lines: [...new Set(locations.map(formatLocation))],
    dispatches: timed.length,
    ms,
    bytes,
    operations,
    gigabytesPerSecond: rate(bytes),
    gflops: rate(operations),
    roofline: least !== undefined && ms ? (1e3 * least) / ms : undefined,
  };
}

function millisecondsOf(timed: readonly TimedDispatch[]): number | undefined {
  let nanoseconds = 0;
  for (const { begin, end } of timed) {
    if (begin === undefined || end === undefined) return undefined;
    nanoseconds += end - begin;
  }
  return nanoseconds / 1e6;
}

function digits(value: number | undefined): string {
  if (value === undefined) return "–";
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function percent(share: number | undefined): string {
  return share === undefined ? "–" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
