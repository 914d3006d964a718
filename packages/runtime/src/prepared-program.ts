import type { Dispatch, Kernel, Program, WeftError } from "@weftjs/ir/core";
import { BufferRole, type BufferNeeds, type BufferPool } from "./buffer-pool.js";
import { exceedsDevice, toWeftError, tooLarge } from "./device-errors.js";
import { type Step, stepsOf } from "./program-steps.js";
import type { BindingLayout, PipelineCache } from "./pipeline-cache.js";
import { PlaceTable } from "./place-table.js";
import type { ScalarRegion } from "./scalar-arena.js";
import { slotBytes } from "./slot-bytes.js";

export interface PreparedKernel {
  readonly kernel: Kernel;
  readonly layout: BindingLayout;
  readonly hasScalars: boolean;
}

/** A Program on one device: checked against its limits, with its pipelines on the way or there. */
export class PreparedProgram {
  readonly program: Program;
  readonly kernels: readonly PreparedKernel[];
  /** Bytes that each slot's bindings cover. */
  readonly slotBytes: readonly number[];
  /** For what each slot takes its buffer. */
  readonly roles: readonly BufferRole[];
  /** What its dispatches bring along. */
  readonly places: PlaceTable | undefined;
  /** What a call takes from the pool. */
  readonly needs: BufferNeeds;
  /** Settles when `pipelines` or `failure` is known; never rejects. */
  readonly settled: Promise<void>;
  pipelines: readonly GPUComputePipeline[] | undefined;
  failure: WeftError | undefined;
  /** The dispatches with their loops. */
  readonly steps: readonly Step[];
  /** Whether a loop in it ends when the device says so: such a call is encoded in parts. */
  readonly hasOpenLoops: boolean;
  /** Where the scalars of the last call lie. */
  scalars: ScalarRegion | undefined;

  constructor(program: Program, device: GPUDevice, cache: PipelineCache, pool: BufferPool) {
    this.program = program;
    this.slotBytes = program.slots.map((slot) => Math.max(4, Math.ceil(slotBytes(slot, program) / 4) * 4));
    this.steps = stepsOf(program);
    this.hasOpenLoops = program.loops.some(({ count }) => count === null);
    this.roles = program.slots.map(() => new BufferRole());
    this.failure = findExcess(program, this.slotBytes, device.limits);
    this.needs = this.failure ? new Map<number, number>() : needsOf(program, pool);
    this.places = this.failure ? undefined : PlaceTable.of(program, device);
    this.kernels = this.failure ? [] : program.kernels.map((kernel) => prepareKernel(kernel, cache));
    this.settled = this.failure ? Promise.resolve() : this.#compile(cache);
  }

  async #compile(cache: PipelineCache): Promise<void> {
    try {
      this.pipelines = await Promise.all(this.program.kernels.map((kernel) => cache.pipelineFor(kernel)));
    } catch (thrown) {
      this.failure = toWeftError(thrown);
    }
  }
}

function prepareKernel(kernel: Kernel, cache: PipelineCache): PreparedKernel {
  return { kernel, layout: cache.layoutFor(kernel), hasScalars: kernel.bindings.includes("scalars") };
}

function needsOf(program: Program, pool: BufferPool): BufferNeeds {
  const needs = new Map<number, number>();
  for (const slot of program.slots) {
    if (slot.kind !== "output" && slot.kind !== "temporary") continue;
    const capacity = pool.classOf(slot.bytes);
    needs.set(capacity, (needs.get(capacity) ?? 0) + 1);
  }
  return needs;
}

/** The first way in which a program asks for more than the device has, or binds what may not be bound. */
function findExcess(
  program: Program,
  slotBytes: readonly number[],
  limits: GPUSupportedLimits,
): WeftError | undefined {
  for (const [slot, bytes] of slotBytes.entries()) {
    const what = `a tensor in ${program.name} (slot ${slot})`;
    const excess = sizeExcess(what, bytes, limits);
    if (excess) return excess;
  }
  for (const kernel of program.kernels) {
    const bindings = kernel.bindings.length;
    if (bindings <= limits.maxStorageBuffersPerShaderStage) continue;
    const allowed = limits.maxStorageBuffersPerShaderStage;
    const message = `kernel ${kernel.name} binds ${bindings} buffers, this adapter allows ${allowed}`;
    return exceedsDevice(message, kernel.locations[0]);
  }
  for (const dispatch of program.dispatches) {
    const fault = dispatchFault(dispatch, program, limits);
    if (fault) return fault;
  }
  return undefined;
}

/** How large one buffer can be. */
export type BufferLimits = Pick<GPUSupportedLimits, "maxBufferSize" | "maxStorageBufferBindingSize">;

/** A copy: each look at a device's own limits is a call into the driver's binding. */
export function bufferLimits({
  maxBufferSize,
  maxStorageBufferBindingSize,
}: GPUSupportedLimits): BufferLimits {
  return { maxBufferSize, maxStorageBufferBindingSize };
}

/** W4021 where one buffer of `bytes` cannot exist or cannot be bound whole. */
export function sizeExcess(what: string, bytes: number, limits: BufferLimits): WeftError | undefined {
  if (bytes > limits.maxBufferSize) return tooLarge(what, bytes, limits.maxBufferSize, "maxBufferSize");
  const binding = limits.maxStorageBufferBindingSize;
  return bytes > binding ? tooLarge(what, bytes, binding, "maxStorageBufferBindingSize") : undefined;
}

function dispatchFault(
  dispatch: Dispatch,
  program: Program,
  limits: GPUSupportedLimits,
): WeftError | undefined {
  const kernel = program.kernels[dispatch.kernel]!;
  const location = kernel.locations[0];
  const most = limits.maxComputeWorkgroupsPerDimension;
  if (dispatch.workgroups.some((count) => count > most)) {
    const grid = dispatch.workgroups.join(" × ");
    return exceedsDevice(
      `kernel ${kernel.name} wants ${grid} workgroups, a dimension allows ${most}`,
      location,
    );
  }
  const writable = new Set<number>();
  for (const [i, kind] of kernel.bindings.entries()) {
    const slot = dispatch.slots[i]!;
    if (kind !== "read_write") continue;
    if (program.slots[slot]?.kind === "input") {
      return exceedsDevice(`kernel ${kernel.name} writes to an input, which is immutable`, location);
    }
    writable.add(slot);
  }
  const clash = kernel.bindings.some((kind, i) => kind === "read" && writable.has(dispatch.slots[i]!));
  if (!clash) return undefined;
  return exceedsDevice(`kernel ${kernel.name} binds one slot read-only and writable`, location);
}
