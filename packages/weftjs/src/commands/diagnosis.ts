import { SWITCHES } from "@weftjs/ir";
import type { DeviceInfo } from "@weftjs/runtime";
import { cacheFolder } from "@weftjs/runtime/node/cache-folder";
import { init, tensor } from "../index.js";
import { version } from "./version.js";

export interface Diagnosis {
  readonly weft: string;
  readonly node: string;
  /** `linux x64` */
  readonly platform: string;
  /** Where Weft keeps what it can make again; null where it can write nowhere. */
  readonly cache: string | null;
  /** Environment variables that are set and that change what Weft does. */
  readonly environment: Readonly<Record<string, string>>;
  /** Null on the reference interpreter too. */
  readonly device: DeviceInfo | null;
  /** Milliseconds from asking for the device to the first result, which was right. */
  readonly firstResult: number | null;
  /** Why there is no device, or no right result. */
  readonly failure: string | null;
  readonly works: boolean;
  readonly advice: readonly string[];
}

const ENVIRONMENT = [
  ...Object.keys(SWITCHES).filter((name) => name !== "WEFT_QUIET"),
  "VK_DRIVER_FILES",
  "VK_ICD_FILENAMES",
  "XDG_CACHE_HOME",
];

/** Opens the device as a program would, computes something on it, and says what stands in the way of more. */
export async function diagnose(): Promise<Diagnosis> {
  const environment = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value] as const] : [];
  });
  const cache = cacheFolder() ?? null;
  const trial = await tryDevice();
  return {
    weft: version(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cache,
    environment: Object.fromEntries(environment),
    ...trial,
    works: trial.failure === null,
    advice: advise(trial.device, cache),
  };
}

type Trial = Pick<Diagnosis, "device" | "firstResult" | "failure">;

async function tryDevice(): Promise<Trial> {
  let device: DeviceInfo | null = null;
  try {
    const start = performance.now();
    const info = await init();
    if ("software" in info) device = info;
    const result = await tensor([1, 2, 3]).add(1).toArray();
    const firstResult = performance.now() - start;
    const failure = String(result) === "2,3,4" ? null : `[1, 2, 3] + 1 gave [${String(result)}]`;
    return { device, firstResult, failure };
  } catch (error) {
    return { device, firstResult: null, failure: error instanceof Error ? error.message : String(error) };
  }
}

function advise(device: DeviceInfo | null, cache: string | null): string[] {
  const advice: string[] = [];
  if (device?.software) {
    advice.push(
      "Shaders run on the CPU. With a GPU in this machine, install its Vulkan driver; if it has one,",
    );
    advice.push("WEFT_ADAPTER=<a part of its name> chooses it.");
  }
  if (/swiftshader/i.test(device?.name ?? "")) {
    advice.push(
      "SwiftShader is the slower of the two software drivers: Mesa's lavapipe, 23 or newer, runs most",
    );
    advice.push("kernels two to four times as fast (Debian, Ubuntu: mesa-vulkan-drivers).");
  }
  if (device && !device.features.includes("shader-f16")) {
    advice.push("This adapter has no float16 arithmetic; float32 is not affected.");
  }
  if (!cache) advice.push("No cache folder can be written: set XDG_CACHE_HOME to one that can.");
  return advice;
}
