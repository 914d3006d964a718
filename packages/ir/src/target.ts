/**
 * What the compiler needs to know of an adapter. Plain data, made by the runtime from the device it got, and
 * part of the key of every compiled Program.
 */
export interface Target {
  /** `software` adapters run shaders on the CPU: barriers are ruinous there, serial loops are good. */
  readonly kind: "gpu" | "software";
  /** Storage buffers that one dispatch may bind. */
  readonly maxStorageBuffers: number;
  readonly maxWorkgroupSize: number;
  readonly maxWorkgroupMemoryBytes: number;
  /** Workgroups along one dimension of a dispatch. */
  readonly maxWorkgroupsPerDimension: number;
  /** Bytes of the largest range that one binding may cover. */
  readonly maxBindingBytes: number;
  readonly hasFloat16: boolean;
  /** Lanes of a subgroup, where that is a known number; 0 where it is not, or there are no subgroups. */
  readonly subgroupSize: number;
  /** WGSL's own elementary functions, with the errors and edge values that the driver gives them. */
  readonly fastMath?: boolean;
}

/** The least that WebGPU promises on any adapter: what goldens and text-only compilation are made for. */
export const DEFAULT_TARGET: Target = {
  kind: "gpu",
  maxStorageBuffers: 8,
  maxWorkgroupSize: 256,
  maxWorkgroupMemoryBytes: 16384,
  maxWorkgroupsPerDimension: 65535,
  maxBindingBytes: 134217728,
  hasFloat16: false,
  subgroupSize: 0,
};
