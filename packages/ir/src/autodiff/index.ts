export { inlineGraph } from "./inline-graph.js";
export { vjpGraph, type VjpOptions } from "./vjp-graph.js";
export { call, gradient, type CallAttrs, type GradientAttrs } from "./region-ops.js";
