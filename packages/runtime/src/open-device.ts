import type { Target } from "@weftjs/ir/core";
import { isSoftware, nameOf, type FoundAdapter } from "./adapter.js";
import { adapterRefused } from "./device-errors.js";

/** What is known of the device that computes. */
export interface DeviceInfo {
  /** As the driver calls it. */
  readonly name: string;
  /** As the adapter says it. */
  readonly vendor: string;
  /** As the adapter says it. */
  readonly architecture: string;
  /** Which kernels it gets: those for a GPU, or those for shaders on the CPU. */
  readonly kind: Target["kind"];
  /** Shaders run on the CPU. */
  readonly software: boolean;
  /** Of WebGPU, by name. */
  readonly features: readonly string[];
  /** Of WebGPU, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** `system`, `embedded`, `browser` or `given`. */
  readonly foundAs: FoundAdapter["foundAs"] | "given";
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly info: DeviceInfo;
  readonly target: Target;
}

/** Opens a device with all that the adapter has. Throws W4002. */
export async function openDevice({ adapter, foundAs }: FoundAdapter): Promise<OpenDevice> {
  try {
    const device = await adapter.requestDevice({
      label: "weft",
      requiredFeatures: USEFUL_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(limitEntries(adapter.limits)),
    });
    return describe(device, adapter.info, foundAs);
  } catch (thrown) {
    throw adapterRefused(nameOf(adapter.info), thrown);
  }
}

/** A device that the user opened: used as it is. */
export function adoptDevice(device: GPUDevice): OpenDevice {
  return describe(device, device.adapterInfo, "given");
}

const USEFUL_FEATURES: readonly GPUFeatureName[] = ["shader-f16", "subgroups", "timestamp-query"];

function describe(device: GPUDevice, info: GPUAdapterInfo, foundAs: DeviceInfo["foundAs"]): OpenDevice {
  const software = isSoftware(info);
  const { limits } = device;
  const target: Target = {
    kind: software ? "software" : "gpu",
    maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
    maxWorkgroupSize: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    maxWorkgroupMemoryBytes: limits.maxComputeWorkgroupStorageSize,
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maxBindingBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    hasFloat16: device.features.has("shader-f16"),
    subgroupSize: device.features.has("subgroups") ? subgroupSizeOf(info) : 0,
  };
  return {
    device,
    target,
    info: {
      name: nameOf(info),
      vendor: info.vendor,
      architecture: info.architecture,
      kind: target.kind,
      software,
      features: [...device.features].sort(),
      limits: Object.fromEntries(limitEntries(limits)),
      foundAs,
    },
  };
}

/** Drivers may choose among several sizes for each pipeline. */
function subgroupSizeOf({ subgroupMinSize, subgroupMaxSize }: GPUAdapterInfo): number {
  return subgroupMinSize === subgroupMaxSize ? (subgroupMinSize ?? 0) : 0;
}

/** Limits are getters on the prototype, so they are found with `in`, not among own keys. */
function limitEntries(limits: GPUSupportedLimits): [string, number][] {
  const entries: [string, number][] = [];
  for (const name in limits) {
    const value: unknown = limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") entries.push([name, value]);
  }
  return entries;
}
