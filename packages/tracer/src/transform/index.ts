export { type Transformed, type TransformOptions, transformSource } from "./transform-source.js";
