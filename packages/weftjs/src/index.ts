export {
  type ErrorClass,
  type ErrorDetails,
  parseGraph,
  printGraph,
  type SourceLocation,
  WeftError,
} from "@weftjs/ir";
export * from "@weftjs/tracer";
export * from "./data/index.js";
