import { tmpdir } from "node:os";
import { adapterNotNamed, embeddedDriverFailed, noAdapter, reasonOf } from "../device-errors.js";
import { isNullBackend, isSoftware, nameOf, type AdapterRequest, type FoundAdapter } from "../adapter.js";
import { unpackSwiftShader } from "./swiftshader.js";
import { hasVulkanDriver, hasVulkanLoader, loadVulkanLoader, setEnvironment } from "./vulkan.js";

const EMBEDDED = "swiftshader";
/** Process-wide, so that several copies of this package share it. */
const HELD = Symbol.for("weft.webgpu");
const SAID = Symbol.for("weft.webgpu.said");
const shared = globalThis as { [HELD]?: GPU[]; [SAID]?: boolean };

/**
 * The adapter that was asked for; else the system's best; else the embedded SwiftShader. Says in one line on
 * stderr when shaders will run on the CPU. Throws W4001, W4003, W4004.
 */
export async function findAdapterInNode(request: AdapterRequest): Promise<FoundAdapter> {
  // Vulkan's loader complains where this is not set.
  if (!process.env["XDG_RUNTIME_DIR"] && process.platform === "linux") {
    setEnvironment("XDG_RUNTIME_DIR", tmpdir());
  }
  const found = await find(request);
  if (!request.quiet) announce(found.adapter.info);
  return found;
}

async function find(request: AdapterRequest): Promise<FoundAdapter> {
  if (request.name?.toLowerCase() === EMBEDDED) return findEmbedded(request);
  if (request.name) return findNamed(request, request.name);
  const tried: string[] = [];
  const system = await findOnSystem(request, tried);
  if (system) return system;
  try {
    return await findEmbedded(request);
  } catch (thrown) {
    tried.push(`the embedded SwiftShader: ${reasonOf(thrown)}`);
    throw noAdapter(tried);
  }
}

async function findOnSystem(request: AdapterRequest, tried: string[]): Promise<FoundAdapter | undefined> {
  if (!hasVulkanDriver()) {
    tried.push("the system's Vulkan drivers: none is installed");
    return undefined;
  }
  try {
    if (!hasVulkanLoader()) loadVulkanLoader(unpackSwiftShader().loader);
    const adapter = await ask([], request);
    if (adapter) return { adapter, foundAs: "system" };
    const named = process.env["VK_DRIVER_FILES"];
    tried.push(named ? `VK_DRIVER_FILES=${named}` : "the system's drivers: Dawn accepts none of them");
  } catch (thrown) {
    tried.push(`the system's drivers: ${reasonOf(thrown)}`);
  }
  return undefined;
}

async function findNamed(request: AdapterRequest, name: string): Promise<FoundAdapter> {
  let adapter: GPUAdapter | undefined;
  try {
    adapter = await ask([`adapter=${name}`], request);
  } catch (thrown) {
    throw adapterNotNamed(name, thrown);
  }
  if (!adapter) throw adapterNotNamed(name, "it is not usable");
  return { adapter, foundAs: "system" };
}

async function findEmbedded(request: AdapterRequest): Promise<FoundAdapter> {
  const { driverFile, loader } = unpackSwiftShader();
  try {
    if (!hasVulkanLoader()) loadVulkanLoader(loader);
  } catch (thrown) {
    throw embeddedDriverFailed("koffi, which loads it, is not installed or does not work here", thrown);
  }
  setEnvironment("VK_DRIVER_FILES", driverFile);
  const adapter = await ask([], request);
  if (!adapter) throw embeddedDriverFailed("Dawn does not accept it");
  return { adapter, foundAs: "embedded" };
}

async function ask(options: string[], request: AdapterRequest): Promise<GPUAdapter | undefined> {
  const { create } = await import("webgpu");
  // Profiles are of one's own programs; Dawn hides nothing from itself by rounding times to 65 µs.
  const gpu = create(["disable-dawn-features=timestamp_quantization", ...options]);
  // The process crashes when one of these is collected.
  (shared[HELD] ??= []).push(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: request.powerPreference });
  return adapter && !isNullBackend(adapter) ? adapter : undefined;
}

function announce(info: GPUAdapterInfo): void {
  if (!isSoftware(info) || shared[SAID]) return;
  shared[SAID] = true;
  process.stderr.write(
    `weft: no GPU found, using ${nameOf(info)} (software); WEFT_QUIET=1 hides this line\n`,
  );
}
