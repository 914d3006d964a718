// Compiling ahead of time, for `weft build --precompile`.
export { type CapturedTensor, precompile, type Precompiled, type PrecompileOptions } from "./precompile.js";
