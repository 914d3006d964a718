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
