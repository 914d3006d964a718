import type { Program } from "@weftjs/ir";
import { type DeviceNeeds, slotBytes } from "@weftjs/runtime";

/** What programs need of a device, read off their kernels and slots. */
export function needsOf(programs: readonly Program[]): DeviceNeeds {
  const kernels = programs.flatMap((program) => program.kernels);
  const workgroups = kernels.map(({ wgsl }) => sizesOf(wgsl));
  const bytes = programs.flatMap((program) => program.slots.map((slot) => slotBytes(slot, program)));
  const counts = programs.flatMap(({ dispatches }) => dispatches.flatMap((dispatch) => dispatch.workgroups));
  const limits = {
    maxStorageBuffersPerShaderStage: most(kernels.map(({ bindings }) => bindings.length)),
    maxComputeInvocationsPerWorkgroup: most(workgroups.map((sizes) => product(sizes))),
    maxComputeWorkgroupSizeX: most(workgroups.map(([x]) => x!)),
    maxComputeWorkgroupSizeY: most(workgroups.map(([, y]) => y ?? 1)),
    maxComputeWorkgroupsPerDimension: most(counts),
    maxStorageBufferBindingSize: most(bytes),
    maxBufferSize: most(bytes),
  };
  return {
    limits,
    features: kernels.some(({ wgsl }) => /^enable f16;/m.test(wgsl)) ? ["shader-f16"] : [],
  };
}

/** Along each axis. */
function sizesOf(wgsl: string): readonly number[] {
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(wgsl)?.[1] ?? "1";
  return sizes.split(",").map(Number);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

function most(values: readonly number[]): number {
  return Math.max(1, ...values);
}
