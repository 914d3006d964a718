export { helperSource } from "./preamble.js";
export { literalText } from "./literal.js";
export * from "./wgsl-expr.js";
export { type Emitter, type ScalarOptions, WgslScalars } from "./wgsl-scalars.js";
