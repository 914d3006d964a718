export { inlineGraph } from "./inline-graph.js";
export { jvpGraph, type JvpOptions } from "./jvp-graph.js";
export { vjpGraph, type VjpOptions } from "./vjp-graph.js";
export {
  batched,
  type BatchedAttrs,
  call,
  type CallAttrs,
  customGradient,
  type CustomGradientAttrs,
  gradient,
  type GradientAttrs,
  pushforward,
  type PushforwardAttrs,
} from "./region-ops.js";
