export { parseGraph, printGraph, WeftError } from "@weftjs/ir";
export * from "@weftjs/tracer";
export * from "./data/index.js";
