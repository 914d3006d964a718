import { noAdapter } from "./device-errors.js";

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly foundAs: "system" | "embedded" | "browser";
}

export interface AdapterRequest {
  /** `swiftshader` for the embedded one, else a part of an adapter's name. Node only. */
  readonly name?: string | undefined;
  readonly powerPreference: GPUPowerPreference;
  /** Say nothing on stderr. */
  readonly quiet: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** Dawn's null backend claims every feature and computes nothing. */
export function isNullBackend(adapter: GPUAdapter): boolean {
  return adapter.info.device === "null-backend";
}

export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.architecture} ${info.device} ${info.description}`);
}

export function nameOf(info: GPUAdapterInfo): string {
  return info.description || info.device || info.architecture || info.vendor || "an unnamed adapter";
}

/** The adapter that a browser's WebGPU, or another, gives. Throws W4001. */
export async function fromGpu(
  gpu: GPU | undefined,
  powerPreference: GPUPowerPreference,
): Promise<FoundAdapter> {
  const adapter = await gpu?.requestAdapter({ powerPreference });
  if (!adapter || isNullBackend(adapter)) throw noAdapter(["navigator.gpu"]);
  return { adapter, foundAs: "browser" };
}
