import type { Kernel, Program } from "@weftjs/ir";
import type { PrecompiledModule } from "@weftjs/runtime";
import { Code, sourceOf } from "./module-source.js";

export interface EmittedModule {
  readonly code: string;
  /** The same without any shader, to know what the rest weighs. */
  readonly codeWithoutShaders: string;
  /** Characters of all different shaders. */
  readonly shaderBytes: number;
  readonly kernels: number;
}

/**
 * The text of an ES module that runs precompiled functions: `runtime` is the script that `openModule` comes from. Kernels
 * that programs share are in it once. The places of the user's source are left out: they are nobody's business there.
 */
export function emitModule(module: PrecompiledModule, runtime: string, heading: string): EmittedModule {
  const kernels = new Map<string, Kernel>();
  const programOf = (program: Program): unknown => ({
    ...program,
    kernels: program.kernels.map((kernel) => {
      const key = `${kernel.name}\n${kernel.bindings.join()}\n${kernel.wgsl}`;
      if (!kernels.has(key)) kernels.set(key, { ...kernel, locations: [] });
      return new Code(`kernels[${[...kernels.keys()].indexOf(key)}]`);
    }),
    dispatches: program.dispatches.map((dispatch) => ({ ...dispatch, cost: undefined })),
  });
  const functions = module.functions.map(({ name, signatures }) => ({
    name,
    signatures: signatures.map((signature) => ({
      ...signature,
      program: signature.program && programOf(signature.program),
    })),
  }));
  const data = sourceOf({ ...module, functions });
  const all = [...kernels.values()];
  const text = (table: readonly Kernel[]): string =>
    [
      heading,
      runtime.trim(),
      `const kernels = ${sourceOf(table)};`,
      `const compiled = ${data};`,
      "export const load = (options) => weft.openModule(compiled, options);",
      "",
    ].join("\n");
  return {
    code: text(all),
    codeWithoutShaders: text(all.map((kernel) => ({ ...kernel, wgsl: "" }))),
    shaderBytes: [...new Set(all.map(({ wgsl }) => wgsl))].reduce((sum, wgsl) => sum + wgsl.length, 0),
    kernels: all.length,
  };
}
