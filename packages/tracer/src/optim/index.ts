/**
 * Optimizers in the shape of Optax, `init(params)` and `update(grads, state, params)`, and schedules of their rates.
 *
 * @module
 */
export * from "./optimizers.js";
export type { Rate } from "./stages.js";
export * from "./schedules.js";
export * from "./cycles.js";
export { chain, globalNorm, type Optimizer, type OptimizerState } from "./transform.js";
