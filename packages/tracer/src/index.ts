import "./install.js";

export type { NestedNumbers, TensorData } from "./data.js";
export { init, type InitOptions, sync } from "./device/current.js";
export * from "./functions/index.js";
export type { TensorMethods } from "./methods.js";
export { keep, tidy } from "./scope.js";
export { inspect } from "./seeing/inspect.js";
export type { Report } from "./seeing/report.js";
export { type FunctionStats, type Stats, stats } from "./seeing/stats.js";
export { Tensor } from "./tensor.js";
export { grad, type GradientOf, type GradientsOf, valueAndGrad } from "./transforms/grad.js";
export { type AnyFunction, eager, jit, type JitOptions } from "./transforms/jit.js";
export { type Pullback, vjp } from "./transforms/vjp.js";
export * as tree from "./tree/tree.js";
