import { byteLength } from "@weftjs/ir/core";
import { fromGpu } from "../adapter.js";
import { ambientGpu } from "../environment.js";
import { adoptDevice, openDevice, type OpenDevice } from "../open-device.js";
import { RuntimeCore } from "../runtime-core.js";
import { bindArguments, type Misfit } from "./bind-arguments.js";
import { ModuleDevice } from "./module-device.js";
import type { DeviceNeeds, PrecompiledFunction, PrecompiledModule } from "./module-data.js";
import { lackOf, misfit } from "./module-errors.js";
import { type LoadedConstant, runSignature } from "./run-signature.js";
import { uploadBytes } from "./upload-numbers.js";

interface LoadOptions {
  /** A device of the caller's; by default the functions have one of their own. */
  readonly device?: GPUDevice;
  /** Where to ask for one; by default `navigator.gpu`. In Node: what `create([])` of the package `webgpu` gives. */
  readonly gpu?: GPU;
  /** For machines with several GPUs; `high-performance` where absent. */
  readonly powerPreference?: GPUPowerPreference;
  /** Bytes of device memory; by default 1 GiB, 512 MiB on a software adapter. */
  readonly budgetBytes?: number;
}

/**
 * The functions of a precompiled module, by name, and `device`. Waits for the device, and until all kernels are
 * compiled.
 *
 * @throws W4001 and W4002 where there is no device, W4070 where it has too little, W4030 for a kernel that fails.
 */
export async function openModule(
  module: PrecompiledModule,
  options: LoadOptions = {},
): Promise<Record<string, unknown>> {
  const runtime = new RuntimeCore({
    isShared: options.device !== undefined,
    budgetBytes: options.budgetBytes,
    open: () => openFor(module.needs, options),
  });
  await runtime.ready();
  try {
    const signatures = module.functions.flatMap((each) => each.signatures);
    await Promise.all(signatures.map(({ program }) => program && runtime.prepare(program)));
  } catch (error) {
    runtime.destroy();
    throw error;
  }
  const constants = module.constants.map(({ type, content }) => ({
    type,
    storage: uploadBytes(runtime, bytesOf(content), byteLength(type)),
  }));
  const functions = module.functions.map((each) => [each.name, callable(each, constants, runtime)] as const);
  return { ...Object.fromEntries<unknown>(functions), device: new ModuleDevice(runtime) };
}

async function openFor(
  needs: DeviceNeeds,
  { device, gpu = ambientGpu(), powerPreference = "high-performance" }: LoadOptions,
): Promise<OpenDevice> {
  const found = device ? undefined : await fromGpu(gpu, powerPreference);
  const lack = lackOf(needs, device ?? found!.adapter);
  if (lack) throw lack;
  return device ? adoptDevice(device) : openDevice(found!);
}

function callable(
  compiled: PrecompiledFunction,
  constants: readonly LoadedConstant[],
  runtime: RuntimeCore,
): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const misfits: Misfit[] = [];
    for (const signature of compiled.signatures) {
      const bound = bindArguments(signature, args, runtime);
      if ("tensors" in bound) return runSignature(compiled.name, signature, bound, constants, runtime);
      misfits.push(bound);
    }
    throw misfit(compiled, misfits);
  };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
