export * from "./host-tensor.js";
export * from "./precision.js";
export * from "./number-scalars.js";
export * from "./evaluate-node.js";
export * from "./interpret.js";
