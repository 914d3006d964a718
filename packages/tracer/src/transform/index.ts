export { isOwnFile } from "../trace/source-location.js";
export { decisionsIn, type Transformed, type TransformOptions, transformSource } from "./transform-source.js";
export { type Obstacle, OBSTACLES } from "../staging/obstacles.js";
export type { Decision } from "./rewriting.js";
export { isMarked } from "./marked.js";
