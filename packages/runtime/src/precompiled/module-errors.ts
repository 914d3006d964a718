import { WeftError } from "@weftjs/ir/core";
import type { Misfit } from "./bind-arguments.js";
import type { DeviceNeeds, PrecompiledFunction } from "./module-data.js";

/** The errors of precompiled modules. docs/errors.md explains every code. */

/** W4070 where the adapter or device has less than a module was compiled for; undefined where it has enough. */
export function lackOf(
  needs: DeviceNeeds,
  { limits, features }: Pick<GPUAdapter, "limits" | "features">,
): WeftError | undefined {
  const lacks = Object.entries(needs.limits).flatMap(([name, needed]) => {
    const got = limits[name as keyof GPUSupportedLimits] as number; // One of WebGPU's names.
    return got >= needed ? [] : [`needs ${name} ${needed}, got ${got}`];
  });
  for (const feature of needs.features)
    if (!features.has(feature)) lacks.push(`needs the feature ${feature}`);
  if (lacks.length === 0) return undefined;
  return new WeftError({
    code: "W4070",
    class: "device",
    message: "the device has less than these precompiled functions need",
    notes: lacks,
    hint: "request the device with these limits and features, or leave `device` out: load() asks for all that the adapter has",
  });
}

export function misfit({ name, signatures }: PrecompiledFunction, misfits: readonly Misfit[]): WeftError {
  const [only] = misfits;
  const isOne = misfits.length === 1;
  return new WeftError({
    code: "W4071",
    message: isOne ? `${name}: ${describe(only!)}` : `${name} was precompiled for other arguments than these`,
    notes: isOne
      ? [`precompiled for ${signatures[0]!.text}`]
      : signatures.map(({ text }, k) => `${text}: ${describe(misfits[k]!)}`),
    hint: "pass what it was compiled for, or add these types to --precompile",
  });
}

function describe({ path, needed, got }: Misfit): string {
  return `${path} needs ${needed}, got ${got}`;
}

export function ofAnotherModule(path: string): WeftError {
  return new WeftError({
    code: "W4072",
    message: `${path} is a tensor of another module, or of another load()`,
    hint: "bring it over as numbers: await x.data()",
  });
}

export function noNumbers(path: string, why: string): WeftError {
  return new WeftError({
    code: "W4073",
    message: `${path} cannot become a tensor: ${why}`,
    hint: "pass a typed array, or nested arrays of numbers of equal lengths",
  });
}

/** `consumer`: the function that a tensor was donated to; null where it was disposed of. */
export function tensorGone(consumer: string | null, type: string): WeftError {
  if (consumer === null) {
    return new WeftError({
      code: "W4050",
      message: `a disposed tensor was used (${type})`,
      hint: "dispose it after its last use",
    });
  }
  return new WeftError({
    code: "W4051",
    message: `a tensor that was donated to ${consumer} was used again (${type})`,
    hint: "use what the call returned, or leave the argument out of donate",
  });
}
