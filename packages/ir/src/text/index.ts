export { printGraph, type PrintOptions } from "./print.js";
export { parseGraph } from "./parse.js";
export { verifyGraph } from "./verify.js";
export { hashGraph, hashText } from "./hash.js";
export { nameValues, type ValueNames } from "./value-names.js";
