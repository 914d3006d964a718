export { cond } from "./cond.js";
export { scan, type ScanOptions } from "./scan.js";
export { forLoop, whileLoop } from "./while-loop.js";
