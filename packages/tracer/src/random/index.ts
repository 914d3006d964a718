/**
 * Random numbers from explicit keys, bit for bit those of JAX, and initializers of weights.
 *
 * @module
 */
export { bits, foldIn, key, type Key, split } from "./key.js";
export * from "./samplers.js";
export * from "./initializers.js";
