export { helperSource } from "./preamble.js";
export { literalText } from "./literal.js";
export * from "./wgsl-expr.js";
export type { ScalarOptions } from "./expression-writer.js";
export { WgslScalars } from "./wgsl-scalars.js";
