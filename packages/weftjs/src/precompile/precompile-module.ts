import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { DeviceNeeds } from "@weftjs/runtime";
import type { PrecompileOptions } from "@weftjs/tracer/precompile";
import { type CompiledCall, compileFunctions, type PrecompileRequest } from "./compile-functions.js";
import { emitModule } from "./emit-module.js";
import { emitTypes } from "./emit-types.js";

/** A module to be written, and what there is to say about it. */
export interface PrecompiledFile {
  /** An ES module that exports `load`. */
  readonly code: string;
  /** Its declarations. */
  readonly types: string;
  readonly calls: readonly CompiledCall[];
  readonly needs: DeviceNeeds;
  readonly sizes: ModuleSizes;
}

/** In bytes. */
export interface ModuleSizes {
  readonly module: number;
  readonly moduleZipped: number;
  /** Without the shaders. */
  readonly withoutShadersZipped: number;
  readonly shaders: number;
  readonly kernels: number;
  /** Of the captured tensors, as text. */
  readonly constants: number;
}

/** Compiles functions into one module that needs neither Weft's compiler nor its tracer. @throws W1070 to W1075 */
export async function precompileModule(
  requests: readonly PrecompileRequest[],
  options: PrecompileOptions & { readonly heading?: string } = {},
): Promise<PrecompiledFile> {
  const { module, calls } = await compileFunctions(requests, options);
  const heading = `// ${options.heading ?? "Precompiled by Weft."}`;
  const emitted = emitModule(module, runtimeText(), heading);
  return {
    code: emitted.code,
    types: emitTypes(module, heading),
    calls,
    needs: module.needs,
    sizes: {
      module: Buffer.byteLength(emitted.code),
      moduleZipped: zipped(emitted.code),
      withoutShadersZipped: zipped(emitted.codeWithoutShaders),
      shaders: emitted.shaderBytes,
      kernels: emitted.kernels,
      constants: module.constants.reduce((sum, { content }) => sum + content.length, 0),
    },
  };
}

/** The runtime as one script, which the build has made. */
function runtimeText(): string {
  return readFileSync(createRequire(import.meta.url).resolve("@weftjs/runtime/precompiled-bundle"), "utf8");
}

function zipped(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}
