export { bits, foldIn, key, type Key, split } from "./key.js";
export * from "./samplers.js";
export * from "./initializers.js";
