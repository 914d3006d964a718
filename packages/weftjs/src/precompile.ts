export { type PrecompiledFile, precompileModule, type ModuleSizes } from "./precompile/precompile-module.js";
export type { CompiledCall, PrecompileRequest } from "./precompile/compile-functions.js";
