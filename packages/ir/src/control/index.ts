export { cond, type CondAttrs } from "./cond.js";
export { loop } from "./loop.js";
export {
  isTape,
  type LoopAttrs,
  keptCarried,
  madeBy,
  splitOperands,
  splitOutputs,
  stackType,
} from "./loop-layout.js";
