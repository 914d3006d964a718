export * from "./optimizers.js";
export type { Rate } from "./stages.js";
export * from "./schedules.js";
export * from "./cycles.js";
export { chain, globalNorm, type Optimizer, type OptimizerState } from "./transform.js";
