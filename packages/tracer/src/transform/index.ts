export { isOwnFile } from "../trace/source-location.js";
export { type Transformed, type TransformOptions, transformSource } from "./transform-source.js";
export { isMarked } from "./marked.js";
