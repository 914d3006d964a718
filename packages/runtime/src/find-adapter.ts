import { type AdapterRequest, type FoundAdapter, fromGpu } from "./adapter.js";
import { ambientGpu, isNode } from "./environment.js";

/** The adapter to open, in a browser and in Node. Throws W4001 to W4004. */
export async function findAdapter(request: AdapterRequest): Promise<FoundAdapter> {
  const gpu = ambientGpu();
  if (gpu || !isNode()) return fromGpu(gpu, request.powerPreference);
  const { findAdapterInNode } = await import("./node/find-adapter.js");
  return findAdapterInNode(request);
}
