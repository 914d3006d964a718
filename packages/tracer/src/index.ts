import "./install.js";

export { cond, forLoop, scan, type ScanOptions, whileLoop } from "./control/index.js";
export type { DType, NestedNumbers, Shape, TensorData } from "@weftjs/ir";
export type { Ceilings, DeviceInfo } from "@weftjs/runtime";
export { type CpuInfo, init, type InitOptions, sync } from "./device/current.js";
export * from "./functions/index.js";
export type { TensorMethods } from "./methods.js";
export {
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  exportOnnx,
  fillTree,
  load,
  type NpzOptions,
  type OnnxOptions,
  save,
} from "./io/index.js";
export * as optim from "./optim/index.js";
export {
  adadelta,
  adagrad,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  momentum,
  nesterov,
  type Optimizer,
  type OptimizerState,
  rmsprop,
  type Schedule,
  sgd,
} from "./optim/index.js";
export * as random from "./random/index.js";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from "./random/index.js";
export { keep, tidy } from "./scope.js";
export { inspect } from "./seeing/inspect.js";
export { profile } from "./seeing/profile.js";
export type { KernelProfile, Profile } from "./seeing/profile-report.js";
export type { Report } from "./seeing/report.js";
export { type FunctionStats, type Stats, stats } from "./seeing/stats.js";
export { Tensor } from "./tensor.js";
export { checkGrads, type CheckGradsOptions } from "./transforms/check-grads.js";
export type { AxisTree } from "./transforms/axis-tree.js";
export { checkpoint } from "./transforms/checkpoint.js";
export { customVjp } from "./transforms/custom-vjp.js";
export {
  defineOp,
  type GradientContext,
  type OwnPointwise,
  type OwnReduction,
  type PointwiseDeclaration,
  type ReduceDeclaration,
} from "./transforms/define-op.js";
export { grad, type GradientOf, type GradientsOf, valueAndGrad } from "./transforms/grad.js";
export { type AnyFunction, eager, jit, type JitOptions } from "./transforms/jit.js";
export { hessian, jacfwd, type JacobianOf, jacrev } from "./transforms/jacobian.js";
export { pure } from "./transforms/pure.js";
export { jvp, type Tangents } from "./transforms/jvp.js";
export { type Pullback, vjp } from "./transforms/vjp.js";
export { vmap, type VmapOptions } from "./transforms/vmap.js";
export * as tree from "./tree/public.js";
