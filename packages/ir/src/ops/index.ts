export * from "./source.js";
export * from "./convert.js";
export * from "./bits.js";
export * from "./threefry.js";
export * from "./compare.js";
export * from "./rounding.js";
export * from "./arithmetic.js";
export * from "./extremum.js";
export * from "./exponential.js";
export * from "./trigonometric.js";
export * from "./hyperbolic.js";
export * from "./special.js";
export * from "./stretch.js";
export * from "./movement.js";
export { assemble } from "./assemble.js";
export * from "./dynamic-slice.js";
export * from "./windows.js";
export { gather, gatherAlong, scatterAdd } from "./indexing.js";
export * from "./reduce.js";
export * from "./matmul.js";
export {
  attention,
  type AttentionAttrs,
  attentionKeyGradient,
  attentionQueryGradient,
  attentionValueGradient,
} from "./attention.js";
